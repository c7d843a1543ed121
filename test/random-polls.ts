import type { PollRecord } from '@velolog/stream/poll-record';
import { random } from './random.ts';

const START = Date.UTC(2026, 5, 15, 12);

/**
 * Polls of several systems as a bad week would bring them: mostly lists in which some stations change, with
 * failures, "not modified", empty lists, bodies that are no JSON, stations that vanish, and information in between.
 * In the order of their times; the same seed gives the same polls.
 */
export function randomPolls(
  seed: number,
  size: { systems: number; polls: number; stations: number },
): PollRecord[] {
  const next = random(seed);
  const polls: PollRecord[] = [];
  for (let poll = 0; poll < size.polls; poll++) {
    for (let system = 0; system < size.systems; system++) {
      const pause = poll > size.polls / 2 ? 3_600_000 : 0;
      const fetched_at = new Date(START + poll * 30_000 + system * 100 + pause);
      polls.push(pollOf(`system-${system}`, fetched_at, next, size.stations));
    }
  }
  return polls;
}

function pollOf(system_id: string, fetched_at: Date, next: () => number, stations: number): PollRecord {
  const poll: PollRecord = {
    system_id,
    feed: 'station_status',
    fetched_at,
    source: `https://example.org/${system_id}/station_status.json`,
    outcome: 'fetched',
    http_status: 200,
    etag: null,
    duration_ms: 20,
    error: null,
    content_type: 'application/json',
    imported: false,
    body: Buffer.alloc(0),
  };
  const kind = next();
  if (kind < 0.06) return { ...poll, outcome: 'failed', http_status: 503, error: 'http_503' };
  if (kind < 0.12) return { ...poll, outcome: 'unchanged', http_status: 304 };
  if (kind < 0.15) return { ...poll, body: Buffer.from('<html>') };
  if (kind < 0.18) return { ...poll, body: toBody([]) };
  const ids = Array.from({ length: stations }, (_, index) => String(index)).filter(() => next() < 0.97);
  if (kind < 0.23) {
    return {
      ...poll,
      feed: 'station_information',
      body: toBody(
        ids.map((station_id) => ({ station_id, name: `Station ${station_id}`, lat: 59.9, lon: 10.7 })),
      ),
    };
  }
  return {
    ...poll,
    body: toBody(
      ids.map((station_id) => ({
        station_id,
        num_bikes_available: Math.floor(next() * 4),
        num_docks_available: Math.floor(next() * 4),
        is_renting: next() < 0.95,
        is_returning: true,
        is_installed: true,
        last_reported: Math.floor(fetched_at.getTime() / 1000),
      })),
    ),
  };
}

function toBody(stations: object[]): Buffer {
  return Buffer.from(JSON.stringify({ last_updated: 1_781_524_800, ttl: 30, data: { stations } }));
}
