/** One number that was measured; `bar` says what it has to be, `met` whether it is. Without a bar it is there to compare with. */
export type Measure = { what: string; measured: string; bar?: string; met?: boolean };

/** A part of the benchmark, in the order in which things are printed. */
export type Part = { title: string; measures: Measure[] };

export function formatPart({ title, measures }: Part): string {
  const lines = measures.map(({ what, measured, bar, met }) => {
    const judged = bar === undefined ? '' : `${bar.padEnd(24)} ${met ? 'met' : 'MISSED'}`;
    return `  ${what.padEnd(46)} ${measured.padStart(28)}  ${judged}`.trimEnd();
  });
  return [title, ...lines].join('\n');
}

/** `7 of 8 bars met; missed: bytes per change with 1 day` */
export function summary(parts: Part[]): string {
  const judged = parts.flatMap(({ measures }) => measures.filter(({ bar }) => bar !== undefined));
  const missed = judged.filter(({ met }) => !met);
  const count = `${judged.length - missed.length} of ${judged.length} bars met`;
  return missed.length === 0 ? count : `${count}; missed: ${missed.map(({ what }) => what).join(', ')}`;
}

export function whole(value: number): string {
  return Math.round(value).toLocaleString('en');
}
