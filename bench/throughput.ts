import { parseBody } from '@velolog/gbfs/body';
import { decodeStationStatus } from '@velolog/gbfs/feeds/station-status';
import type { PollRecord } from '@velolog/stream/poll-record';
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
const WARM_UP_POLLS = 1000;
const POLLS_OF_ROUND = 1500;
const ROUNDS = 3;
const TUTORIAL_POLLS = 200;
const SYSTEMS = 4;
let runs = 0;

/**
 * Stations per CPU second of the process that does the work: bare JSON.parse, decoding, the whole store worker, and the way of a tutorial.
 * A busy machine also makes CPU time dearer, so each round measures JSON.parse right before and right after the worker, in the same process. Of
 * the shares of the rounds, the median counts.
 */
export async function benchThroughput(servers: Servers): Promise<Part> {
  const plain = statusBodies(DECODE_POLLS);
  const withTypes = statusBodies(DECODE_POLLS, 1, true);
  const inserted = await tutorial(servers, plain.slice(0, TUTORIAL_POLLS));
  const parsed = await parseRate(plain);
  return {
    title: 'Stations per CPU second of the process, and as a share of a bare JSON.parse of the same bodies',
    measures: [
      ...(await rates(servers, 'plain', plain)),
      {
        what: 'a tutorial: an INSERT per station, a commit per poll',
        measured: shareOf(inserted, inserted / parsed),
      },
      ...(await rates(servers, 'with counts by two vehicle types', withTypes)),
    ],
  };
}

/** Stations per CPU second in one round. */
type Round = { parsed: number; decoded: number; stored: number };

async function rates(servers: Servers, kind: string, bodies: Buffer[]): Promise<Measure[]> {
  const worker = await warmWorker(servers, bodies);
  // Warms up the compiler.
  await parseRate(bodies);
  await decodeRate(bodies);
  const rounds: Round[] = [];
  while (rounds.length < ROUNDS) {
    await worker.publish(POLLS_OF_ROUND);
    const before = await parseRate(bodies);
    const stored = await worker.store();
    const after = await parseRate(bodies);
    rounds.push({ parsed: 2 / (1 / before + 1 / after), decoded: await decodeRate(bodies), stored });
  }
  await worker.close();
  const share = (of: 'decoded' | 'stored') => median(rounds.map((round) => round[of] / round.parsed));
  const rate = (of: keyof Round) => median(rounds.map((round) => round[of]));
  const shares = rounds.map(({ stored, parsed }) => ((100 * stored) / parsed).toFixed(1)).join(', ');
  return [
    { what: `JSON.parse, ${kind}`, measured: shareOf(rate('parsed'), 1) },
    { what: '  decode', measured: shareOf(rate('decoded'), share('decoded')) },
    {
      what: `  store worker, rounds of ${shares} %`,
      measured: shareOf(rate('stored'), share('stored')),
      bar: 'at least 25 %, aim 35 %',
      met: share('stored') >= 0.25,
    },
  ];
}

function shareOf(rate: number, share: number): string {
  return `${whole(rate)} = ${(100 * share).toFixed(1)} %`;
}

function median(values: number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] as number;
}

const parseRate = (bodies: Buffer[]) => rateOf(bodies, (body) => JSON.parse(body.toString()));
const decodeRate = (bodies: Buffer[]) => rateOf(bodies, (body) => decodeStationStatus(parseBody(body)));

async function rateOf(bodies: Buffer[], read: (body: Buffer) => unknown): Promise<number> {
  const cpuSeconds = await cpuSecondsOf(() => {
    for (const body of bodies) read(body);
  });
  return (bodies.length * STATIONS) / cpuSeconds;
}

type Worker = {
  publish(polls: number): Promise<void>;
  /** Starts the worker, which consumes, decodes, compares and commits all that was published. Returns stations per CPU second. */
  store(): Promise<number>;
  close(): Promise<void>;
};

/** A store worker that has already stored some polls. All records are in Kafka before it starts. */
async function warmWorker(servers: Servers, bodies: Buffer[]): Promise<Worker> {
  const run = ++runs;
  const topic = `bench-store-${process.pid}-${run}`;
  const database = await createBenchDatabase(servers, `bench_store_${run}`);
  const publisher = await openPublisher(servers, topic);
  let published = 0;
  let stored = 0;
  const worker: Worker = {
    publish: async (polls) => {
      const end = published + polls;
      for (; published < end; published += 10)
        await publisher.publish(Array.from({ length: 10 }, (_, index) => pollOf(bodies, published + index)));
    },
    store: async () => {
      const process = await startBenchStore(servers, database, topic);
      const cpuSeconds = await cpuSecondsOf(() => untilStored(database, published));
      await process.stop();
      const polls = published - stored;
      stored = published;
      return (polls * STATIONS) / cpuSeconds;
    },
    close: () => publisher.close(),
  };
  await worker.publish(WARM_UP_POLLS);
  await worker.store();
  return worker;
}

function pollOf(bodies: Buffer[], poll: number): PollRecord {
  const body = bodies[poll % bodies.length] as Buffer;
  return statusPoll(`system-${poll % SYSTEMS}`, new Date(START + poll * POLL_MS), body);
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
