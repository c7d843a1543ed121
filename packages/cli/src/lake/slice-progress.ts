import { progressBar } from '../print/progress-bar.ts';

export type SliceProgress = {
  update: (progress: { done: number; total: number; rows: number }) => void;
  stop: () => void;
};

/** A bar on a terminal, nothing elsewhere. */
export function sliceProgress(what: string): SliceProgress {
  if (!process.stderr.isTTY) return { update: () => {}, stop: () => {} };
  const bar = progressBar(`${what} [{bar}] {percentage}%  {value} of {total} files, {rows} rows`);
  let started = false;
  return {
    update: ({ done, total, rows }) => {
      if (!started) bar.start(total, 0, { rows: 0 });
      started = true;
      bar.update(done, { rows });
    },
    stop: () => started && bar.stop(),
  };
}
