import { parseBody } from '@velolog/gbfs/body';
import { decodeStationStatus } from '@velolog/gbfs/feeds/station-status';
import pg from 'pg';
import { POLL_MS, START, STATIONS, statusBodies } from './given/bodies.ts';
import {
  createBenchDatabase,
  openPublisher,
  type Servers,
  startBenchStore,
  statusPoll,
  untilStored,
} from './given/pipeline.ts';
import { cpuSecondsOf } from './instruments/cpu.ts';
import { type Measure, type Part, whole } from './instruments/measure.ts';

const DECODE_POLLS = 1000;
const STORE_POLLS = 4000;
const TUTORIAL_POLLS = 200;
const SYSTEMS = 4;
let runs = 0;

/** Stations per CPU second of the process that does the work: bare JSON.parse, decoding, the whole store worker, and the way of a tutorial. */
export async function benchThroughput(servers: Servers): Promise<Part> {
  const plain = statusBodies(DECODE_POLLS);
  const withTypes = statusBodies(DECODE_POLLS, 1, true);
  const baseline = await parseRate(plain);
  const inserted = await tutorial(servers, plain.slice(0, TUTORIAL_POLLS));
  return {
    title: 'Stations per CPU second of the process, and as a share of a bare JSON.parse of the same bodies',
    measures: [
      ...(await rates(servers, 'plain', plain, baseline)),
      { what: 'a tutorial: an INSERT per station, a commit per poll', measured: shareOf(inserted, baseline) },
      ...(await rates(servers, 'with counts by two vehicle types', withTypes, await parseRate(withTypes))),
    ],
  };
}

async function rates(servers: Servers, kind: string, bodies: Buffer[], baseline: number): Promise<Measure[]> {
  const decoded = await rateOf(bodies, (body) => decodeStationStatus(parseBody(body)));
  const stored = await storeWorker(servers, bodies);
  return [
    { what: `JSON.parse, ${kind}`, measured: shareOf(baseline, baseline) },
    { what: '  decode', measured: shareOf(decoded, baseline) },
    {
      what: '  store worker: consume, decode, compare, commit',
      measured: shareOf(stored, baseline),
      bar: 'at least 25 %, aim 35 %',
      met: stored >= 0.25 * baseline,
    },
  ];
}

function shareOf(rate: number, baseline: number): string {
  return `${whole(rate)} = ${((100 * rate) / baseline).toFixed(1)} %`;
}

const parseRate = (bodies: Buffer[]) => rateOf(bodies, (body) => JSON.parse(body.toString()));

/** Stations per CPU second, after a warm-up round. */
async function rateOf(bodies: Buffer[], read: (body: Buffer) => unknown): Promise<number> {
  const readAll = () => {
    for (const body of bodies) read(body);
  };
  readAll();
  return (bodies.length * STATIONS) / (await cpuSecondsOf(readAll));
}

/** All records are in Kafka before the worker starts. A first part warms it up and does not count. */
async function storeWorker(servers: Servers, bodies: Buffer[]): Promise<number> {
  const run = ++runs;
  const topic = `bench-store-${process.pid}-${run}`;
  const database = await createBenchDatabase(servers, `bench_store_${run}`);
  const publisher = await openPublisher(servers, topic);
  const publishPolls = async (from: number, to: number) => {
    for (let poll = from; poll < to; poll += 10) {
      const polls = Array.from({ length: 10 }, (_, index) =>
        statusPoll(
          `system-${(poll + index) % SYSTEMS}`,
          new Date(START + (poll + index) * POLL_MS),
          bodies[(poll + index) % bodies.length] as Buffer,
        ),
      );
      await publisher.publish(polls);
    }
  };
  await publishPolls(0, STORE_POLLS / 4);
  const worker = await startBenchStore(servers, database, topic);
  await untilStored(database, STORE_POLLS / 4);
  await worker.stop();
  await publishPolls(STORE_POLLS / 4, STORE_POLLS);
  await publisher.close();
  const again = await startBenchStore(servers, database, topic);
  const cpuSeconds = await cpuSecondsOf(() => untilStored(database, STORE_POLLS));
  await again.stop();
  return (STORE_POLLS * 0.75 * STATIONS) / cpuSeconds;
}

/** The way of a tutorial: one INSERT per station, one commit per message. */
async function tutorial(servers: Servers, bodies: Buffer[]): Promise<number> {
  const client = new pg.Client({ connectionString: await createBenchDatabase(servers, 'bench_tutorial') });
  await client.connect();
  await client.query(`create table station_status (station_id text, last_reported timestamptz, num_bikes_available int,
    num_docks_available int, is_installed boolean, is_renting boolean, is_returning boolean)`);
  const cpuSeconds = await cpuSecondsOf(async () => {
    for (const body of bodies) {
      await client.query('begin');
      for (const station of JSON.parse(body.toString()).data.stations) {
        await client.query('insert into station_status values ($1, to_timestamp($2), $3, $4, $5, $6, $7)', [
          station.station_id,
          station.last_reported,
          station.num_bikes_available,
          station.num_docks_available,
          station.is_installed,
          station.is_renting,
          station.is_returning,
        ]);
      }
      await client.query('commit');
    }
  });
  await client.end();
  return (bodies.length * STATIONS) / cpuSeconds;
}
