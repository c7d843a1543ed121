import { partitionOf } from '@velolog/stream/kafka/partitioner';
import { decodePoll } from '@velolog/stream/read-poll-record';
import { VEHICLE_POLLS_TOPIC } from '@velolog/stream/topics';
import pg from 'pg';
import {
  readVehicleTables,
  type SlowRead,
  slowVehicleTables,
  type VehicleTables,
} from '../../history/slow/slow-vehicle-tables.ts';
import { readTableRows } from '../../history/table-rows.ts';
import type { OwnServers } from '../own-servers.ts';
import { storeReads } from '../store-directly.ts';
import { startStoreProcess } from '../store-process.ts';
import { readJournal } from './position-journal.ts';
import { type Read, type Reads, readsOf } from './reads-of-journal.ts';
import type { RecordArchive, TopicEnds } from './record-archive.ts';
import { untilAtEnd } from './stored-so-far.ts';

export type WhatFaultsLeft = {
  /** Workers that ended without being killed, and were restarted as by a supervisor. */
  endedByThemselves: string[];
  polls: number;
  /** Records that the store read. */
  records: number;
  losses: Reads['losses'];
  lostUnread: Reads['lostUnread'];
  /** The least number of records that ingest found to be lost. */
  lostByIngest: number;
  /** Records that were read twice, neither read nor counted, or never written. */
  problems: string[];
  /**
   * `withFaults` is what the faults left; `withoutKafka` is made from the read records and counted losses, one by one,
   * without Kafka. `withoutFaults` is what a run without faults makes of Kafka's final content; `heldWithoutKafka` is
   * made from the same records one by one, without Kafka.
   */
  tables: Record<
    'withFaults' | 'withoutKafka' | 'withoutFaults' | 'heldWithoutKafka',
    Record<string, string[]>
  >;
  /** The vehicle tables after the faults, and what a slow program computes from the raw bodies that were read. */
  vehicles: Record<'withFaults' | 'bySlowProgram', VehicleTables>;
};

type Faulty = {
  servers: OwnServers;
  /** Everything that Kafka ever held, and where its topics end now. */
  archive: RecordArchive;
  held: TopicEnds[];
  partitions: number;
  workerEnv: (database: string) => Record<string, string>;
};

/** The tables after the faults, and those that they must equal. */
export async function gatherTables(
  { servers, archive, held, partitions, workerEnv }: Faulty,
  log: (line: string) => void,
): Promise<Pick<WhatFaultsLeft, 'records' | 'losses' | 'lostUnread' | 'problems' | 'tables' | 'vehicles'>> {
  const faulty = databaseUrl(servers, 'faults');
  const withFaults = await readTableRows(faulty);
  const { reads, ...account } = readsOf(await readJournal(faulty), archive);
  const vehicles = {
    withFaults: await readVehicleTables(faulty),
    bySlowProgram: slowVehicleTables(reads.map((read) => toSlowRead(read, partitions))),
  };
  const storeInto = async (name: string, from: Read[]) => {
    const database = await createDatabase(servers, name);
    await storeReads(database, from, partitions);
    return await readTableRows(database);
  };
  log('Storing what was read, and what was lost, without Kafka');
  const withoutKafka = await storeInto('direct', reads);
  log('Storing what Kafka holds now without faults');
  const reference = await createDatabase(servers, 'reference');
  const worker = startStoreProcess('reference', servers.folder, workerEnv('reference'));
  await worker.joined;
  for (const ends of held) await untilAtEnd(reference, ends);
  worker.kill('SIGTERM');
  await worker.ended;
  const withoutFaults = await readTableRows(reference);
  const heldWithoutKafka = await storeInto(
    'held',
    held.flatMap((ends) => archive.held(ends)),
  );
  return {
    records: reads.filter((read) => 'message' in read).length,
    ...account,
    tables: { withFaults, withoutKafka, withoutFaults, heldWithoutKafka },
    vehicles,
  };
}

async function createDatabase(servers: OwnServers, name: string): Promise<string> {
  const client = new pg.Client({ connectionString: servers.databaseUrl });
  await client.connect();
  await client.query(`create database ${name}`);
  await client.end();
  return databaseUrl(servers, name);
}

export function databaseUrl(servers: OwnServers, name: string): string {
  const url = new URL(servers.databaseUrl);
  if (name !== 'faults') url.pathname = `/${name}`;
  return url.href;
}

/** What was read and lost, for a program that does not know Kafka. */
function toSlowRead(read: Read, partitions: number): SlowRead {
  if ('message' in read) return { poll: decodePoll(read.message) };
  const { topic, lostOf } = read;
  return {
    lost: (system_id, feed) =>
      ['free_bike_status', 'vehicle_status'].includes(feed) === (topic === VEHICLE_POLLS_TOPIC) &&
      (lostOf === 'all' || partitionOf(system_id, partitions) === lostOf),
  };
}
