import { once } from 'node:events';
import { expect, onTestFinished, test } from 'vitest';
import {
  commandLine,
  isRunning,
  killGroup,
  type ProcessId,
  processId,
  spawnGroup,
  stopProcess,
} from './process-group.ts';

async function startNode(script: string): Promise<ProcessId> {
  const child = spawnGroup(
    process.execPath,
    ['-e', `${script};console.log('up');setInterval(() => {}, 1000)`],
    {
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  );
  if (child.stdout === null) throw new Error('no output');
  await once(child.stdout, 'data');
  const id = processId(child.pid ?? 0);
  if (id === null) throw new Error('ended at once');
  onTestFinished(() => killGroup(id));
  return id;
}

test('a process that ends when asked is not killed', async () => {
  const id = await startNode('process.on("SIGTERM", () => process.exit(0))');
  await stopProcess(id, 'SIGTERM', 60);
  expect(isRunning(id)).toBe(false);
});

test('a process that does not listen is killed with the children of its group', async () => {
  const script =
    'const c = require("child_process").spawn("sleep", ["1000"]); process.on("SIGTERM", () => {}); process.title = "parent-of-" + c.pid';
  const id = await startNode(script);
  const childPid = Number(/parent-of-(\d+)/.exec(commandLine(id.pid))?.[1]);
  const child = processId(childPid);
  expect(child).not.toBeNull();
  await stopProcess(id, 'SIGTERM', 0.1);
  expect(isRunning(id)).toBe(false);
  await expect.poll(() => child !== null && isRunning(child), { timeout: 240_000 }).toBe(false);
});

test('a pid that another process has got is not the process that was meant', async () => {
  const id = await startNode('0');
  const former = { pid: id.pid, started: '1' };
  expect(isRunning(former)).toBe(false);
  await stopProcess(former, 'SIGKILL', 1);
  expect(isRunning(id)).toBe(true);
});
