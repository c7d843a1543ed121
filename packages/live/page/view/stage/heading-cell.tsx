type HeadingCellProps = {
  text: string;
  number?: boolean;
  /** How the table is sorted by this column; null when it is sorted by another. */
  sorted: 'ascending' | 'descending' | null;
  onSort: () => void;
};

/** The heading of a sortable column. */
export function HeadingCell({ text, number = false, sorted, onSort }: HeadingCellProps) {
  return (
    <th scope="col" class={number ? 'number' : ''} aria-sort={sorted ?? undefined}>
      <button type="button" onClick={onSort}>
        {text}
        <span class="sort-sign" aria-hidden="true">
          {sorted === null ? '' : sorted === 'descending' ? '▼' : '▲'}
        </span>
      </button>
    </th>
  );
}

/** A new column sorts ascending; the same column again reverses the order. */
export function sortedBy<Column extends string>(
  by: { column: Column; descending: boolean },
  column: Column,
): { sorted: HeadingCellProps['sorted']; next: { column: Column; descending: boolean } } {
  if (by.column !== column) return { sorted: null, next: { column, descending: false } };
  return {
    sorted: by.descending ? 'descending' : 'ascending',
    next: { column, descending: !by.descending },
  };
}
