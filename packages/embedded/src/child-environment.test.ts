import { expect, test } from 'vitest';
import { brokerEnvironment, nodeEnvironment, withoutLibpq } from './child-environment.ts';

test('settings for another PostgreSQL are kept from child processes, and nothing else', () => {
  const env = {
    PGHOST: 'db',
    PGSSLMODE: 'require',
    PGREPLICATION: 'database',
    PATH: '/bin',
    PG: '1',
    pghost: 'x',
  };
  expect(withoutLibpq(env)).toEqual({ PATH: '/bin', PG: '1', pghost: 'x' });
});

test.each([
  ['--inspect', undefined],
  ['--inspect-brk=9230', undefined],
  [
    '--use-system-ca --inspect-wait=127.0.0.1:0 --max-old-space-size=300',
    '--use-system-ca --max-old-space-size=300',
  ],
  ['--require=./--inspected.js', '--require=./--inspected.js'],
])('NODE_OPTIONS=%s is %s for a worker', (given, kept) => {
  expect(nodeEnvironment({ NODE_OPTIONS: given }).NODE_OPTIONS).toBe(kept);
});

test('options for other Java programs do not reach the broker, whose names of files are UTF-8', () => {
  const env = { JAVA_TOOL_OPTIONS: '-javaagent:x', _JAVA_OPTIONS: '-Xmx1m', LC_ALL: 'POSIX', HOME: '/h' };
  expect(brokerEnvironment(env)).toEqual({ LC_ALL: 'C.UTF-8', HOME: '/h' });
});
