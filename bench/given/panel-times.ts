import type pg from 'pg';
import { expandSql } from '../../grafana/test/expand-query.ts';
import { isSql, openingMs, panelsOf, readDashboards, targetsOf } from '../../grafana/test/read-dashboards.ts';
import { runQuery } from '../../grafana/test/run-query.ts';
import { serverCpuMs } from './window.ts';

/** Width of a panel in points, from which Grafana derives the interval. */
const POINTS = 1000;

export type PanelTime = { dashboard: string; panel: string; rows: number; cpuMs: number; wallMs: number };

/** Times every SQL query of the dashboards that `isWanted` accepts, for each one's default time range: the best of `runs`. */
export async function timePanels(
  reader: pg.Client,
  {
    isWanted,
    given,
    runs,
  }: { isWanted: (file: string) => boolean; given: Record<string, string>; runs: number },
): Promise<PanelTime[]> {
  const times: PanelTime[] = [];
  for (const { file, dashboard } of readDashboards().filter((one) => isWanted(one.file))) {
    const ms = openingMs(dashboard);
    const custom = (dashboard.templating.list ?? []).filter(({ type }) => type === 'custom');
    const variables = {
      ...given,
      ...Object.fromEntries(custom.map(({ name, current }) => [name, `${current?.value}`])),
    };
    for (const panel of panelsOf(dashboard)) {
      for (const target of targetsOf(panel).filter(isSql)) {
        const to = new Date();
        const from = new Date(to.getTime() - ms);
        const intervalMs = Math.ceil(ms / POINTS / 60_000) * 60_000;
        const sql = expandSql(target.rawSql, { from, to, intervalMs, variables });
        times.push({ dashboard: file, panel: panel.title ?? '', ...(await bestTime(reader, sql, runs)) });
      }
    }
  }
  return times;
}

/** The best of several runs, so that other work on the machine does not count. */
export async function bestTime(
  client: pg.Client,
  sql: string,
  runs: number,
): Promise<Pick<PanelTime, 'rows' | 'cpuMs' | 'wallMs'>> {
  const session = (await client.query('select pg_backend_pid() as pid')).rows[0].pid;
  let cpuMs = Number.POSITIVE_INFINITY;
  let wallMs = Number.POSITIVE_INFINITY;
  let rows = 0;
  for (let run = 0; run < runs; run++) {
    const ms = await serverCpuMs(session, async () => {
      const begun = performance.now();
      rows = (await runQuery(client, sql)).rows.length;
      wallMs = Math.min(wallMs, performance.now() - begun);
    });
    cpuMs = Math.min(cpuMs, ms);
  }
  return { rows, cpuMs, wallMs };
}
