/** A measured number. `bar` says what it must be, `met` whether it is. A measure without a bar is for comparison. */
export type Measure = { what: string; measured: string; bar?: string; met?: boolean };

/** A part of the benchmark, with its measures in the order in which they are printed. */
export type Part = { title: string; measures: Measure[] };

export function formatPart({ title, measures }: Part): string {
  const lines = measures.map(({ what, measured, bar, met }) => {
    const judged = bar === undefined ? '' : `${bar.padEnd(24)} ${met ? 'met' : 'MISSED'}`;
    return `  ${what.padEnd(46)} ${measured.padStart(28)}  ${judged}`.trimEnd();
  });
  return [title, ...lines].join('\n');
}

/** For example `7 of 8 bars met; missed: bytes per change with 1 day`. */
export function summary(parts: Part[]): string {
  const judged = parts.flatMap(({ measures }) => measures.filter(({ bar }) => bar !== undefined));
  const missed = judged.filter(({ met }) => !met);
  const count = `${judged.length - missed.length} of ${judged.length} bars met`;
  return missed.length === 0 ? count : `${count}; missed: ${missed.map(({ what }) => what).join(', ')}`;
}

export function whole(value: number): string {
  return Math.round(value).toLocaleString('en');
}
