import { parse, stringify } from 'yaml';

type Group = { interval?: string; rules: { expr: string; for?: string }[] };

const UNIT_SECONDS: Record<string, number> = { s: 1, m: 60, h: 3600, d: 86_400 };

/**
 * Divides every wait, window, offset and interval in the rules of a file by `factor`, and also the limit of 5 minutes for the age of data.
 * Changes nothing else: the comparisons and labels stay the same.
 */
export function shortenRules(text: string, factor: number): string {
  const shorter = (duration: string) => `${Math.max(1, Math.round(secondsOf(duration) / factor))}s`;
  const file = parse(text) as { groups: Group[] };
  for (const group of file.groups) {
    if (group.interval) group.interval = shorter(group.interval);
    for (const rule of group.rules) {
      if (rule.for) rule.for = shorter(rule.for);
      rule.expr = rule.expr
        .replaceAll(/\[(\w+)\]/g, (_, duration) => `[${shorter(duration)}]`)
        .replaceAll(/\boffset (\w+)/g, (_, duration) => `offset ${shorter(duration)}`)
        .replaceAll(/\b300\b/g, `${Math.round(300 / factor)}`);
    }
  }
  return stringify(file);
}

function secondsOf(duration: string): number {
  const [, count, unit = ''] = /^(\d+)([smhd])$/.exec(duration) ?? [];
  const seconds = UNIT_SECONDS[unit];
  if (seconds === undefined) throw new Error(`Cannot shorten the duration ${duration}`);
  return Number(count) * seconds;
}
