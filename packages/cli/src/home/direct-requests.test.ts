import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';

const modulePath = new URL('./direct-requests.ts', import.meta.url).href;

/** What a program gets that asks a server of this machine, with these variables of a company's network. */
async function ask(env: NodeJS.ProcessEnv, setUp: string): Promise<string> {
  await using server = createServer((_, response) => response.end('ready'));
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  const program = `import { askWorkersDirectly } from '${modulePath}';
    ${setUp}
    console.log(await fetch('${url}').then((answer) => answer.text(), (error) => error.cause.code));`;
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '--eval', program], {
    env: { ...process.env, HTTP_PROXY: 'http://127.0.0.1:9', ...env },
  });
  return stdout.trim();
}

test.each([
  { NODE_USE_ENV_PROXY: '1' },
  { NODE_USE_ENV_PROXY: '1', no_proxy: 'example.org' },
  { NODE_OPTIONS: '--use-env-proxy' },
  {},
])('no proxy is asked for our own workers, with %o', async (env) => {
  expect(await ask(env, 'askWorkersDirectly(process.env);')).toBe('ready');
});

test('Node itself would ask the proxy', async () => {
  expect(await ask({ NODE_USE_ENV_PROXY: '1' }, '')).toBe('ECONNREFUSED');
});
