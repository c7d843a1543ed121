import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, openSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { freePort } from '@velolog/embedded/free-port';
import { stringify } from 'yaml';
import { shortenRules } from './shorten-rules.ts';

export type FiringAlert = {
  labels: Record<string, string>;
  annotations: Record<string, string>;
  state: 'pending' | 'firing';
};

export type RealPrometheus = {
  url: string;
  version: string;
  alerts: () => Promise<FiringAlert[]>;
  /** Health of the targets by job: up, down or unknown. */
  health: () => Promise<Record<string, string>>;
  stop: () => Promise<void>;
};

const RULES = fileURLToPath(new URL('../rules/', import.meta.url));

/** The first line of `prometheus --version`; null when it is not installed. */
export function installedPrometheus(): string | null {
  const { status, stdout, stderr } = spawnSync('prometheus', ['--version'], { encoding: 'utf8' });
  return status === 0 ? (`${stdout}${stderr}`.split('\n')[0] ?? '') : null;
}

/**
 * Starts Prometheus on a free port of 127.0.0.1; it scrapes `targets` (job to host:port) every second.
 * @param folder folder for configuration and data
 * @param factor see shortenRules; 1 uses the committed rules unchanged
 */
export async function startPrometheus(
  folder: string,
  targets: Record<string, string>,
  factor: number,
): Promise<RealPrometheus> {
  const rules = join(folder, 'rules');
  mkdirSync(rules, { recursive: true });
  for (const name of readdirSync(RULES)) {
    const text = readFileSync(join(RULES, name), 'utf8');
    writeFileSync(join(rules, name), factor === 1 ? text : shortenRules(text, factor));
  }
  const config = {
    global: { scrape_interval: '1s', evaluation_interval: '1s' },
    rule_files: ['rules/*.yml'],
    scrape_configs: Object.entries(targets).map(([job_name, target]) => ({
      job_name,
      static_configs: [{ targets: [target] }],
    })),
  };
  writeFileSync(join(folder, 'prometheus.yml'), stringify(config));
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const log = openSync(join(folder, 'prometheus.log'), 'w');
  const child = spawn(
    'prometheus',
    [
      `--config.file=${join(folder, 'prometheus.yml')}`,
      `--storage.tsdb.path=${join(folder, 'data')}`,
      `--web.listen-address=127.0.0.1:${port}`,
    ],
    { stdio: ['ignore', log, log] },
  );
  await whenReady(child, url, join(folder, 'prometheus.log'));
  return {
    url,
    version: installedPrometheus() ?? '',
    alerts: async () => ((await ask(url, 'alerts')) as { alerts: FiringAlert[] }).alerts,
    health: async () => {
      const { activeTargets } = (await ask(url, 'targets?state=active')) as {
        activeTargets: { labels: { job: string }; health: string }[];
      };
      return Object.fromEntries(activeTargets.map(({ labels, health }) => [labels.job, health]));
    },
    stop: async () => {
      if (child.exitCode !== null) return;
      child.kill('SIGTERM');
      await once(child, 'exit');
    },
  };
}

async function whenReady(child: ChildProcess, url: string, logFile: string): Promise<void> {
  while (child.exitCode === null) {
    const ready = await fetch(`${url}/-/ready`).catch(() => null);
    if (ready?.ok) return;
    await wait(100);
  }
  throw new Error(`Prometheus ended at its start:\n${readFileSync(logFile, 'utf8')}`);
}

async function ask(url: string, path: string): Promise<unknown> {
  const answer = await fetch(`${url}/api/v1/${path}`);
  if (!answer.ok) throw new Error(`Prometheus answered ${path} with ${answer.status}`);
  return ((await answer.json()) as { data: unknown }).data;
}
