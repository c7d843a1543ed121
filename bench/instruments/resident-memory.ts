import { setTimeout as wait } from 'node:timers/promises';
import { usagesOf } from './process-usage.ts';

/** Resident memory over a time, in MB, from one reading a second. */
export type ResidentMemory = { mean: number; least: number; most: number };

/** Reads the memory of processes by name for some seconds. One reading alone is chance: bodies on their way move ingest by 30 MB. Linux only. */
export async function watchMemory<Name extends string>(
  pids: Record<Name, number>,
  seconds: number,
): Promise<Record<Name, ResidentMemory>> {
  const names = Object.keys(pids) as Name[];
  const readings: Record<Name, number>[] = [];
  const until = performance.now() + seconds * 1000;
  while (performance.now() < until) {
    await wait(Math.min(1000, until - performance.now()));
    const usages = usagesOf(pids);
    readings.push(
      Object.fromEntries(names.map((name) => [name, usages[name].residentMegabytes])) as Record<Name, number>,
    );
  }
  const ofProcess = (name: Name): [Name, ResidentMemory] => {
    const megabytes = readings.map((reading) => reading[name]);
    const mean = megabytes.reduce((sum, one) => sum + one, 0) / megabytes.length;
    return [name, { mean, least: Math.min(...megabytes), most: Math.max(...megabytes) }];
  };
  return Object.fromEntries(names.map(ofProcess)) as Record<Name, ResidentMemory>;
}
