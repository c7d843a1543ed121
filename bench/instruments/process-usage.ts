import { readdirSync, readFileSync } from 'node:fs';

/** What a process has used so far. */
export type Usage = { cpuSeconds: number; residentMegabytes: number };

/** Linux reports CPU time to user space in hundredths of a second on every platform (USER_HZ). */
const TICKS_PER_SECOND = 100;

/** Works only on Linux, because it reads /proc. */
function usageOf(pid: number, options: { withChildren: boolean }): Usage {
  const ticks = options.withChildren ? ticksWithChildren(pid) : ticksOf(pid)[0];
  const resident = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  return { cpuSeconds: ticks / TICKS_PER_SECOND, residentMegabytes: Number(resident) / 1024 };
}

/**
 * Usage of several processes by name. `postgres` includes its children, one for each session, which share its memory. For other names,
 * children (what the supervisor starts) are listed separately.
 */
export function usagesOf<Name extends string>(pids: Record<Name, number>): Record<Name, Usage> {
  const entries = Object.entries<number>(pids).map(([name, pid]) => [
    name,
    usageOf(pid, { withChildren: name === 'postgres' }),
  ]);
  return Object.fromEntries(entries);
}

/** The parent's own counters include children that have ended, once it has waited for them. */
function ticksWithChildren(pid: number): number {
  const [own, ofDeadChildren] = ticksOf(pid);
  return childrenOf(pid).reduce((sum, child) => sum + ticksOf(child)[0], own + ofDeadChildren);
}

/** utime + stime, and cutime + cstime. 0 for a process that has just ended; its parent then includes it. */
function ticksOf(pid: number): [number, number] {
  const fields = statOf(pid);
  if (fields === null) return [0, 0];
  const [utime, stime, cutime, cstime] = fields.slice(11, 15).map(Number) as [number, number, number, number];
  return [utime + stime, cutime + cstime];
}

function childrenOf(pid: number): number[] {
  return readdirSync('/proc')
    .filter((entry) => /^\d+$/.test(entry))
    .map(Number)
    .filter((entry) => statOf(entry)?.[1] === `${pid}`);
}

/** Fields from the third on (proc(5)). The second, the name, may contain spaces and brackets. */
function statOf(pid: number): string[] | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  } catch {
    return null;
  }
}
