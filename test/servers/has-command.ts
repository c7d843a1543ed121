import { execFileSync } from 'node:child_process';

/** Whether the shell of this machine finds the command. */
export function hasCommand(name: string): boolean {
  try {
    execFileSync('sh', ['-c', `command -v ${name}`]);
    return true;
  } catch {
    return false;
  }
}
