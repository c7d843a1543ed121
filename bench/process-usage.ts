import { readdirSync, readFileSync } from 'node:fs';

/** What a process has used so far, with its children: those of PostgreSQL are its sessions, dead ones included. */
export type Usage = { cpuSeconds: number; residentMegabytes: number };

/** Linux counts CPU time for user space in hundredths of a second on every platform (USER_HZ). */
const TICKS_PER_SECOND = 100;

/** Linux only: reads /proc. residentMegabytes is of the process alone, because children share memory with it. */
export function usageOf(pid: number): Usage {
  const [own, ofDeadChildren] = ticksOf(pid);
  const children = childrenOf(pid).map((child) => ticksOf(child)[0]);
  const ticks = own + ofDeadChildren + children.reduce((sum, one) => sum + one, 0);
  const resident = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  return { cpuSeconds: ticks / TICKS_PER_SECOND, residentMegabytes: Number(resident) / 1024 };
}

/** Usage of several processes by name. */
export function usagesOf<Name extends string>(pids: Record<Name, number>): Record<Name, Usage> {
  const entries = Object.entries<number>(pids).map(([name, pid]) => [name, usageOf(pid)]);
  return Object.fromEntries(entries);
}

/** utime + stime and cutime + cstime; 0 for a process that has ended meanwhile, whose parent then counts it. */
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

/** Fields from the third on (proc(5)): the second, the name, may hold spaces and brackets. */
function statOf(pid: number): string[] | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  } catch {
    return null;
  }
}
