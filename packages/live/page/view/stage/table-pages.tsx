import type { Signal } from '@preact/signals';
import { formatCount } from '../../model/format.ts';

const PAGE_ROWS = 100;

/** The shown part of the rows; a page that no longer exists gives the last one. */
export function pageOf<Row>(rows: readonly Row[], wanted: number) {
  const pages = Math.max(1, Math.ceil(rows.length / PAGE_ROWS));
  const page = Math.min(wanted, pages - 1);
  return { rows: rows.slice(page * PAGE_ROWS, (page + 1) * PAGE_ROWS), page, pages };
}

type PagesProps = { count: number; page: number; pages: number; wantedPage: Signal<number> };

export function Pages({ count, page, pages, wantedPage }: PagesProps) {
  const first = page * PAGE_ROWS + 1;
  const last = Math.min(count, first + PAGE_ROWS - 1);
  // At the first or last page the button stays enabled: a disabled one would lose the focus.
  const turn = (by: 1 | -1) => {
    wantedPage.value = Math.min(pages - 1, Math.max(0, page + by));
  };
  return (
    <nav class="pages" aria-label="Pages of the table">
      <button type="button" class="page-step" aria-disabled={page === 0} onClick={() => turn(-1)}>
        Previous
      </button>
      <span>
        {formatCount(first)}–{formatCount(last)} of {formatCount(count)}
      </span>
      <button type="button" class="page-step" aria-disabled={page >= pages - 1} onClick={() => turn(1)}>
        Next
      </button>
    </nav>
  );
}
