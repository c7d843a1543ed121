import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { expect, test } from 'vitest';

const RUN_WORKER = JSON.stringify(new URL('./run-worker.ts', import.meta.url).href);
const SETTINGS = JSON.stringify(new URL('./settings.ts', import.meta.url).href);

/** A worker whose start has `body`, in a process of its own. */
function startWorker(body: string, env: Record<string, string> = {}): ChildProcessWithoutNullStreams {
  const program = `
    const { runWorker } = await import(${RUN_WORKER});
    const { InvalidSettings } = await import(${SETTINGS});
    await runWorker('test', async ({ log, signal }) => { ${body} });`;
  return spawn(process.execPath, ['--input-type=module-typescript', '--eval', program], {
    env: { ...process.env, ...env },
  });
}

async function ended(child: ChildProcessWithoutNullStreams) {
  const [[code, signal], stderr] = await Promise.all([once(child, 'exit'), text(child.stderr)]);
  const events = stderr
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line));
  return { code, signal, events };
}

const UNTIL_STOPPED = `
  const stopped = new Promise((resolve) => signal.addEventListener('abort', resolve));
  const keepAlive = setInterval(() => {}, 1000);
  process.stdout.write('started');
  await stopped;
  clearInterval(keepAlive);
  log.info('closing: ' + signal.reason.message);`;

test('a worker that is done exits 0', async () => {
  const { code, events } = await ended(startWorker(`log.info({ systems: 3 }, 'done');`));
  expect(code).toBe(0);
  expect(events).toEqual([
    { level: 'info', time: expect.any(String), worker: 'test', systems: 3, msg: 'done' },
  ]);
});

test('wrong settings exit 2 with the message alone', async () => {
  const { code, events } = await ended(
    startWorker(`throw new InvalidSettings('KAFKA_BROKERS: is not set');`),
  );
  expect(code).toBe(2);
  expect(events).toMatchObject([{ level: 'fatal', msg: 'KAFKA_BROKERS: is not set' }]);
});

test('a LOG_LEVEL that is none exits 2 with the levels that there are, and nothing is begun', async () => {
  const { code, events } = await ended(startWorker(`log.info('begun')`, { LOG_LEVEL: 'loud' }));
  expect(code).toBe(2);
  expect(events).toMatchObject([
    {
      level: 'fatal',
      msg: 'Invalid settings:\n  LOG_LEVEL: expected one of trace, debug, info, warn, error, fatal, silent (it is "loud")',
    },
  ]);
  const { events: warnings } = await ended(
    startWorker(`log.info('begun'); log.warn('odd')`, { LOG_LEVEL: ' WARN ' }),
  );
  expect(warnings).toMatchObject([{ level: 'warn', msg: 'odd' }]);
});

test('a user error exits 1 with one line and the causes, without a stack trace', async () => {
  const failure = `throw new Error('Cannot read systems.json', { cause: new Error('ENOENT: no such file') });`;
  const { code, events } = await ended(startWorker(failure));
  expect(code).toBe(1);
  expect(events).toMatchObject([
    { level: 'fatal', msg: 'Cannot read systems.json', causes: ['ENOENT: no such file'] },
  ]);
  expect(JSON.stringify(events)).not.toContain('stack');
});

test('an error of Velolog exits 1 with a stack trace, also in a promise that is not awaited', async () => {
  const mistakes = [
    'undefined.systems;',
    'Promise.reject(new TypeError("no")); await new Promise(() => {});',
  ];
  for (const mistake of mistakes) {
    const { code, events } = await ended(startWorker(mistake));
    expect(code).toBe(1);
    expect(events).toMatchObject([{ level: 'fatal', err: { type: 'TypeError', stack: expect.any(String) } }]);
  }
});

test.each(['SIGTERM', 'SIGINT'] as const)(
  '%s aborts the signal, and the worker ends in order',
  async (name) => {
    const child = startWorker(UNTIL_STOPPED);
    await once(child.stdout, 'data');
    child.kill(name);
    const { code, events } = await ended(child);
    expect({ code, messages: events.map(({ msg }) => msg) }).toEqual({
      code: 0,
      messages: [`closing: Stopped by ${name}`],
    });
  },
);

test('an AbortError after the signal is an end in order', async () => {
  const body = `const { setTimeout } = await import('node:timers/promises');
    process.stdout.write('started');
    await setTimeout(600_000, undefined, { signal });`;
  const child = startWorker(body);
  await once(child.stdout, 'data');
  child.kill('SIGTERM');
  expect(await ended(child)).toEqual({ code: 0, signal: null, events: [] });
});

test('a second SIGTERM ends the process now; one that follows at once is the same, sent to its group and forwarded', async () => {
  const child = startWorker(`
    let again = 0;
    process.on('SIGTERM', () => process.stdout.write(\`told \${++again}\\n\`));
    setInterval(() => {}, 1000);
    process.stdout.write('started');
    await new Promise(() => {});`);
  await once(child.stdout, 'data');
  const told = createInterface(child.stdout)[Symbol.asyncIterator]();
  for (const nth of [1, 2]) {
    child.kill('SIGTERM');
    expect((await told.next()).value).toBe(`told ${nth}`);
  }
  const again = setInterval(() => child.kill('SIGTERM'), 50);
  expect(await ended(child)).toMatchObject({ code: 143 });
  clearInterval(again);
});

test('the end of standard input stops a supervised worker, whose supervisor died', async () => {
  const child = startWorker(UNTIL_STOPPED, { VELOLOG_SUPERVISED: '1' });
  await once(child.stdout, 'data');
  child.stdin.end();
  const { code, events } = await ended(child);
  expect({ code, messages: events.map(({ msg }) => msg) }).toEqual({
    code: 0,
    messages: ['closing: Stopped: the supervisor is gone'],
  });
});

test('standard input does not keep a supervised worker alive that is done', async () => {
  expect(await ended(startWorker('', { VELOLOG_SUPERVISED: '1' }))).toMatchObject({ code: 0 });
});

test('no secret that is logged by mistake gets out', async () => {
  const body = `log.info({ settings: { password: 'hunter2', sasl: { username: 'u', password: 'hunter2' } } }, 'started');`;
  const { events } = await ended(startWorker(body));
  expect(JSON.stringify(events)).not.toContain('hunter2');
});
