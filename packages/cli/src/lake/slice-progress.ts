import { SingleBar } from 'cli-progress';

export type SliceProgress = {
  update: (progress: { done: number; total: number; rows: number }) => void;
  stop: () => void;
};

/** A bar on a terminal, nothing elsewhere. */
export function sliceProgress(what: string, output: NodeJS.WriteStream = process.stderr): SliceProgress {
  if (!output.isTTY) return { update: () => {}, stop: () => {} };
  const bar = new SingleBar({
    format: `${what} [{bar}] {percentage}%  {value} of {total} files, {rows} rows`,
    stream: output,
    hideCursor: true,
    clearOnComplete: true,
  });
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
