import { openDatabase } from '@velolog/store/tables/database';
import { rollUpAll } from '@velolog/store/upkeep/roll-up';
import { connect } from '../grafana/test/run-query.ts';
import { fillWorld } from '../test/world/fill-world.ts';
import { fillWorldDay } from './given/fill-world-day.ts';
import { migrateWithReader, startLiveProcess } from './given/live-process.ts';
import { bestTime, type PanelTime, timePanels } from './given/panel-times.ts';
import { createBenchDatabase, type Servers } from './given/pipeline.ts';
import { type Measure, type Part, whole } from './instruments/measure.ts';
import { usagesOf } from './instruments/process-usage.ts';

const RUNS = 5;
const PANEL_MS_MAX = 150;
const SYSTEMS_MS_MAX = 100;
const OUTAGES_MS_MAX = 2000;
const ROLL_UP_CORES_MAX = 0.1;

/** Times the queries of users and of the upkeep on the whole catalogue: 1,520 systems, 228,000 stations and a day of their history. */
export async function benchWorld(servers: Servers & { pids: { postgres: number } }): Promise<Part> {
  const database = await createBenchDatabase(servers, 'bench_world');
  const readerUrl = await migrateWithReader(database);
  await fillWorld(database);
  const day = await fillWorldDay(database);
  await rollUp(database);
  await day.observeLastHour();
  const cpuSeconds = await cpuOf(servers.pids.postgres, () => rollUp(database));
  const { panels, outages } = await askDatabase(readerUrl);
  const systems = await askLive(readerUrl);
  return {
    title: `The whole catalogue with a day of history, ${whole(day.rows)} rows (best of ${RUNS}, on the clock)`,
    measures: [
      {
        what: 'rolling up an hour of all systems',
        measured: `${cpuSeconds.toFixed(1)} CPU s, ${(cpuSeconds / 3600).toFixed(3)} of a core`,
        bar: `at most ${ROLL_UP_CORES_MAX} of a core`,
        met: cpuSeconds / 3600 <= ROLL_UP_CORES_MAX,
      },
      ms('outages of all systems, a day', outages.wallMs, OUTAGES_MS_MAX),
      ms('GET /api/v1/systems, what the world map shows', systems, SYSTEMS_MS_MAX),
      ...panels
        .toSorted((a, b) => b.wallMs - a.wallMs)
        .map(({ panel, wallMs }) => ms(`overview: ${panel}`, wallMs, PANEL_MS_MAX)),
    ],
  };
}

async function askDatabase(
  readerUrl: string,
): Promise<{ panels: PanelTime[]; outages: Pick<PanelTime, 'wallMs'> }> {
  const reader = await connect(readerUrl);
  try {
    await reader.query('set statement_timeout = 0');
    const outages = await bestTime(
      reader,
      `select count(*), sum(extract(epoch from to_at - from_at)) from api.outage_episode_between(now() - interval '1 day', now())`,
      RUNS,
    );
    const isWanted = (file: string) => file === 'overview.json';
    return { outages, panels: await timePanels(reader, { isWanted, given: {}, runs: RUNS }) };
  } finally {
    await reader.end();
  }
}

async function askLive(readerUrl: string): Promise<number> {
  const live = await startLiveProcess(readerUrl);
  try {
    return await answerTime(`${live.url}/api/v1/systems`);
  } finally {
    await live.stop();
  }
}

function ms(what: string, measured: number, bar: number): Measure {
  return { what, measured: `${measured.toFixed(0)} ms`, bar: `at most ${bar} ms`, met: measured <= bar };
}

async function rollUp(database: string): Promise<void> {
  const pool = await openDatabase(database, { connectionsMax: 2 });
  await rollUpAll(pool);
  await pool.end();
}

/** CPU seconds of PostgreSQL, including sessions that have ended, and of this process. */
async function cpuOf(postgres: number, work: () => Promise<void>): Promise<number> {
  const used = () => {
    const { cpuSeconds } = usagesOf({ postgres }).postgres;
    const { user, system } = process.cpuUsage();
    return cpuSeconds + (user + system) / 1e6;
  };
  const before = used();
  await work();
  return used() - before;
}

async function answerTime(url: string): Promise<number> {
  let best = Number.POSITIVE_INFINITY;
  for (let run = 0; run < RUNS; run++) {
    const startedAt = performance.now();
    const answer = await fetch(url);
    await answer.arrayBuffer();
    if (!answer.ok) throw new Error(`${url} was answered with ${answer.status}`);
    best = Math.min(best, performance.now() - startedAt);
  }
  return best;
}
