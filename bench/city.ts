import { startSimulator } from '@velolog/simulator/simulator';
import pg from 'pg';
import { START, STATIONS } from './given/bodies.ts';
import {
  createBenchDatabase,
  openPublisher,
  type Servers,
  startBenchStore,
  statusPoll,
  untilStored,
} from './given/pipeline.ts';
import { type Part, whole } from './instruments/measure.ts';

const POLL_SECONDS = 30;
const DAYS = 2;
const POLLS = (DAYS * 24 * 3600) / POLL_SECONDS;
const POLLS_AT_ONCE = 20;

/** Counts the rows that two days of a simulated city take after Kafka and the store. */
export async function benchCity(servers: Servers): Promise<Part> {
  const topic = `bench-city-${process.pid}`;
  const database = await createBenchDatabase(servers, 'bench_city');
  const publisher = await openPublisher(servers, topic);
  let now = START;
  await using simulator = await startSimulator({
    stations: STATIONS,
    ttlSeconds: POLL_SECONDS,
    startedAtMs: START,
    now: () => now,
  });
  const url = simulator.discoveryUrl('sim-oslo').replace('gbfs.json', 'station_status.json');
  const worker = await startBenchStore(servers, database, topic);
  for (let poll = 0; poll < POLLS; ) {
    const polls = [];
    for (let more = 0; more < POLLS_AT_ONCE; more++, poll++) {
      now = START + poll * POLL_SECONDS * 1000;
      const body = Buffer.from(await (await fetch(url)).arrayBuffer());
      polls.push(statusPoll('sim-oslo', new Date(now), body));
    }
    await publisher.publish(polls);
  }
  await untilStored(database, POLLS);
  await worker.stop();
  await publisher.close();
  const client = new pg.Client({ connectionString: database });
  await client.connect();
  const { rows } = await client.query(`
    select (select count(*) from velolog.station_status)::int as stored, (select count(*) from api.station_change)::int as changes`);
  await client.end();
  const { stored, changes } = rows[0];
  const perRow = (POLLS * STATIONS) / stored;
  return {
    title: `${DAYS} days of a simulated city, ${STATIONS} stations polled every ${POLL_SECONDS} s, stored by the store`,
    measures: [
      {
        what: 'rows per station and poll',
        measured: `1 in ${perRow.toFixed(1)} (${whole(stored)} rows)`,
        bar: 'at most 1 in 20',
        met: perRow >= 20,
      },
      { what: 'changes among the rows', measured: whole(changes) },
    ],
  };
}
