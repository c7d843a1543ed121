import type { PollRecord } from '@velolog/stream/poll-record';
import { ANSWERED } from './answered.ts';
import { START } from './test-store.ts';

/** A poll of station_status with this body, `minute` minutes after START. */
export function statusPoll(system_id: string, minute: number, body: object | Buffer): PollRecord {
  return {
    ...ANSWERED,
    system_id,
    fetched_at: new Date(START + minute * 60_000),
    body: Buffer.isBuffer(body) ? body : Buffer.from(JSON.stringify(body)),
  };
}

/** A poll of one station with as many bikes as minutes have passed. */
export function minutePoll(system_id: string, minute: number, station_id = '1'): PollRecord {
  return statusPoll(system_id, minute, { data: { stations: [{ station_id, num_bikes_available: minute }] } });
}
