import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { Agent, get, type IncomingMessage } from 'node:http';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { Hono } from 'hono';
import { Counter, Gauge } from 'prom-client';
import { afterEach, describe, expect, test } from 'vitest';
import { createRegistry } from './registry.ts';
import { type Check, type HealthServer, startHealthServer } from './server.ts';

const running: HealthServer[] = [];

afterEach(async () => {
  for (const server of running.splice(0)) await server.close();
});

async function start(options: Partial<Parameters<typeof startHealthServer>[0]> = {}): Promise<HealthServer> {
  const server = await startHealthServer({ registry: createRegistry('test'), ...options });
  running.push(server);
  return server;
}

async function ask(server: HealthServer, path: string): Promise<[status: number, body: string]> {
  const response = await fetch(server.url + path);
  return [response.status, await response.text()];
}

const fine: Check = { name: 'database', run: () => {} };
const broken: Check = {
  name: 'broker',
  run: () => {
    throw new Error('connect ECONNREFUSED 127.0.0.1:9092');
  },
};

describe('/livez /readyz /startupz', () => {
  test('answer 200 ok when their checks pass, each with its own checks', async () => {
    const server = await start({ live: [fine], ready: [broken], startup: [fine] });
    expect(await ask(server, '/livez')).toEqual([200, 'ok']);
    expect(await ask(server, '/startupz')).toEqual([200, 'ok']);
    expect((await ask(server, '/readyz'))[0]).toBe(503);
  });

  test('list the checks one a line with ?verbose', async () => {
    const server = await start({ live: [fine, { ...fine, name: 'progress' }] });
    const list = '[+]event-loop ok\n[+]database ok\n[+]progress ok\nlivez check passed\n';
    expect(await ask(server, '/livez?verbose')).toEqual([200, list]);
  });

  test('show what failed without a query parameter', async () => {
    const server = await start({ ready: [fine, broken] });
    expect(await ask(server, '/readyz')).toEqual([
      503,
      '[+]database ok\n[-]broker failed: connect ECONNREFUSED 127.0.0.1:9092\nreadyz check failed\n',
    ]);
  });

  test('a failing check that recovers is fine again', async () => {
    let up = false;
    const flapping: Check = {
      name: 'database',
      run: () => {
        if (!up) throw new Error('away');
      },
    };
    const server = await start({ ready: [flapping] });
    expect((await ask(server, '/readyz'))[0]).toBe(503);
    up = true;
    expect((await ask(server, '/readyz'))[0]).toBe(200);
  });

  test('after notReady, /readyz is 503 at once, asks no check, and leaves /livez alone', async () => {
    let asked = 0;
    const counting: Check = {
      name: 'database',
      run: () => {
        asked += 1;
      },
    };
    const server = await start({ live: [fine], ready: [counting] });
    server.notReady('SIGTERM');
    expect(await ask(server, '/readyz')).toEqual([503, '[-]stopping failed: SIGTERM\nreadyz check failed\n']);
    expect(asked).toBe(0);
    expect(await ask(server, '/livez')).toEqual([200, 'ok']);
  });

  test('another path is 404 and says which paths exist', async () => {
    const available = [404, 'Available: /livez /readyz /startupz /metrics\n'];
    const server = await start();
    for (const path of ['/healthz', '/', '/livez/', '//livez'])
      expect(await ask(server, path)).toEqual(available);
    const posted = await fetch(`${server.url}/livez`, { method: 'POST', body: 'ok' });
    expect([posted.status, await posted.text()]).toEqual(available);
  });

  test('HEAD has the headers of GET and no body', async () => {
    const server = await start();
    const [head, get] = [
      await fetch(`${server.url}/livez`, { method: 'HEAD' }),
      await fetch(`${server.url}/livez`),
    ];
    expect([head.status, await head.text()]).toEqual([200, '']);
    for (const name of ['content-type', 'cache-control'])
      expect([name, head.headers.get(name)]).toEqual([name, get.headers.get(name)]);
    expect(get.headers.get('cache-control')).toBe('no-store');
    expect(get.headers.get('content-type')).toMatch(/^text\/plain; charset=utf-8$/i);
  });

  test('of a worker with an app answer alike, behind it; unknown paths are the app’s', async () => {
    const app = new Hono();
    app.get('/', (context) => context.text('the app'));
    app.notFound((context) => context.text('not in the app', 404));
    const server = await start({ app, live: [fine], ready: [broken] });
    expect(await ask(server, '/')).toEqual([200, 'the app']);
    expect(await ask(server, '/livez')).toEqual([200, 'ok']);
    expect(await ask(server, '/livez?verbose')).toEqual([
      200,
      '[+]event-loop ok\n[+]database ok\nlivez check passed\n',
    ]);
    expect((await ask(server, '/readyz'))[0]).toBe(503);
    expect((await ask(server, '/metrics'))[1]).toMatch(/^velolog_ready_check_passed\{check="broker"\} 0$/m);
    expect(await ask(server, '/healthz')).toEqual([404, 'not in the app']);
  });
});

describe('/metrics', () => {
  test.each([undefined, new Hono()])('a collector that fails is a 500 that says why', async (app) => {
    const registry = createRegistry('test');
    new Gauge({
      name: 'broken',
      help: 'Fails.',
      registers: [registry],
      collect() {
        throw new Error('cannot count');
      },
    });
    const server = await start({ registry, ...(app && { app }) });
    expect(await ask(server, '/metrics')).toEqual([500, 'cannot count\n']);
  });

  test('is the registry in the text format of Prometheus', async () => {
    const registry = createRegistry('ingest');
    new Counter({ name: 'gbfs_polls_total', help: 'Polls.', registers: [registry] }).inc(3);
    const response = await fetch(`${(await start({ registry })).url}/metrics`);
    const body = await response.text();
    expect(response.headers.get('content-type')).toMatch(/^text\/plain; version=0\.0\.4/);
    expect(body).toMatch(/^gbfs_polls_total 3$/m);
    expect(body).toMatch(
      /^velolog_build_info\{worker="ingest",version="\d+\.\d+\.\d+",node="v\d+[^"]*"\} 1$/m,
    );
    expect(body).toMatch(/^process_resident_memory_bytes \d+/m);
  });

  test('says of each check of /readyz whether it passes now', async () => {
    let isUp = false;
    const flapping: Check = {
      name: 'broker',
      run: () => {
        if (!isUp) throw new Error('away');
      },
    };
    const server = await start({ live: [broken], ready: [fine, flapping] });
    const checks = async () => (await ask(server, '/metrics'))[1].match(/^velolog_ready_check_passed.*$/gm);
    expect(await checks()).toEqual([
      'velolog_ready_check_passed{check="database"} 1',
      'velolog_ready_check_passed{check="broker"} 0',
    ]);
    isUp = true;
    expect((await checks())?.[1]).toBe('velolog_ready_check_passed{check="broker"} 1');
  });

  const hasPromtool = spawnSync('promtool', ['--version']).status === 0;
  test('passes `promtool check metrics`', async ({ skip }) => {
    skip(!hasPromtool, 'promtool is not installed');
    const [, body] = await ask(await start(), '/metrics');
    const { status, stdout, stderr } = spawnSync('promtool', ['check', 'metrics'], { input: body });
    expect({ status, output: `${stdout}${stderr}` }).toEqual({ status: 0, output: '' });
  });
});

describe('startHealthServer', () => {
  test('takes a free port on 127.0.0.1 by default', async () => {
    const server = await start();
    expect(server.url).toBe(`http://127.0.0.1:${server.port}`);
    expect(server.port).toBeGreaterThan(0);
  });

  test('a busy port is one clear error that says what to do', async () => {
    const { port } = await start();
    await expect(start({ port })).rejects.toThrow(
      `Cannot serve health and metrics on 127.0.0.1:${port}: another program listens there. ` +
        'Stop it, or set another port for this worker (0 takes a free one)',
    );
  });

  test('an address of another machine is one clear error', async () => {
    await expect(start({ host: '192.0.2.1' })).rejects.toThrow(/this machine has no such address. Set HOST/);
  });
});

describe('close', () => {
  test('drops an idle kept-alive connection and frees the port; a second call changes nothing', async () => {
    const server = await startHealthServer({ registry: createRegistry('test') });
    const agent = new Agent({ keepAlive: true });
    const [response] = (await once(get(`${server.url}/livez`, { agent }), 'response')) as [IncomingMessage];
    expect(await text(response)).toBe('ok');
    await Promise.all([server.close(), server.close()]);
    agent.destroy();
    await expect(fetch(`${server.url}/livez`)).rejects.toThrow();
    await start({ port: server.port });
  });

  test('lets an answer that is on its way arrive', async () => {
    const asked = Promise.withResolvers<void>();
    const go = Promise.withResolvers<void>();
    const slow: Check = {
      name: 'slow',
      run: () => {
        asked.resolve();
        return go.promise;
      },
    };
    const server = await startHealthServer({ registry: createRegistry('test'), ready: [slow] });
    const answer = ask(server, '/readyz');
    await asked.promise;
    const closed = server.close();
    go.resolve();
    expect(await answer).toEqual([200, 'ok']);
    await closed;
  });

  test('ends, by a hard limit, also when a client never finishes its request', async () => {
    const server = await startHealthServer({ registry: createRegistry('test') });
    const client = connect(server.port, '127.0.0.1');
    client.on('error', () => {});
    await once(client, 'connect');
    client.write('GET /livez HTTP/1.1\r\nHost: x\r\n');
    await ask(server, '/livez');
    await server.close();
    client.destroy();
  });
});
