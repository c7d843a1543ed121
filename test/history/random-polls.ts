import { type PollRecord, pollId } from '@velolog/stream/poll-record';
import { ANSWERED } from '../workers/answered.ts';
import { random } from './random.ts';

const START = Date.UTC(2026, 5, 15, 12);
const DAY_MS = 86_400_000;

/**
 * Polls of several systems as in a bad week: mostly lists in which some stations change, with failures, "not modified"
 * for the last body and for others, empty lists, bodies that are not JSON, bodies older than the one before, a
 * publisher that sets its clock back, stations that vanish, counts that every other system omits at times, information
 * in between, holes, records that are late or from the future, and pieces of imported history in any order. Each
 * system's live polls are in order of time; the same seed gives the same polls.
 */
export function randomPolls(
  seed: number,
  size: { systems: number; polls: number; stations: number },
): PollRecord[] {
  const next = random(seed);
  const systems = Array.from({ length: size.systems }, (_, index) => newSystem(`system-${index}`, index));
  const polls: PollRecord[] = [];
  for (let poll = 0; poll < size.polls; poll++) {
    for (const system of systems) {
      if (poll === Math.ceil(size.polls / 2)) system.at += 3_600_000;
      polls.push(pollOf(system, next, size.stations));
    }
  }
  return polls;
}

type RandomSystem = {
  system_id: string;
  /** Time of the last live poll. */
  at: number;
  /** The last body of station_status. */
  body_id: string | null;
  /** How far the publisher's clock is behind. */
  clockBehindMs: number;
  /** Recorded elsewhere, years before: how far each archive has come. */
  archives: { at: number; stationsFrom: number }[];
};

function newSystem(system_id: string, index: number): RandomSystem {
  return {
    system_id,
    at: START + index * 100,
    body_id: null,
    clockBehindMs: 0,
    // Each archive contains another part of the stations.
    archives: [700, 400, 395, 200].map((days, archive) => ({
      at: START - days * DAY_MS,
      stationsFrom: archive,
    })),
  };
}

function pollOf(system: RandomSystem, next: () => number, stations: number): PollRecord {
  if (next() < 0.12) return importedPoll(system, next, stations);
  if (next() < 0.02) return { ...listPoll(system, system.at - 45_000, next, stations) };
  if (next() < 0.01) return { ...listPoll(system, Date.UTC(2099, 0, 1), next, stations) };
  system.at += next() < 0.03 ? Math.ceil(next() * 3 * 3600) * 1000 : 30_000;
  if (next() < 0.015) system.clockBehindMs += 3_600_000;
  return livePoll(system, next, stations);
}

function livePoll(system: RandomSystem, next: () => number, stations: number): PollRecord {
  const poll = emptyPoll(system.system_id, system.at);
  const kind = next();
  if (kind < 0.06) return { ...poll, outcome: 'failed', http_status: 503, error: 'http_503' };
  if (kind < 0.14) return { ...poll, outcome: 'unchanged', http_status: 304, body_id: system.body_id };
  if (kind < 0.16) {
    const body_id = next() < 0.5 ? null : pollId({ ...poll, fetched_at: new Date(system.at - 3_600_000) });
    return { ...poll, outcome: 'unchanged', http_status: 304, body_id };
  }
  if (kind < 0.21) {
    const listed = idsOf(next, stations).map((id) => ({ ...place(id), name: `Station ${id}` }));
    return { ...poll, feed: 'station_information', body: toBody(listed, system.at) };
  }
  system.body_id = pollId(poll);
  if (kind < 0.24) return { ...poll, body: Buffer.from('<html>') };
  if (kind < 0.27) return { ...poll, body: toBody([], system.at - system.clockBehindMs) };
  const lagMs = kind < 0.31 ? 90_000 : 0;
  return listPoll(system, system.at, next, stations, system.at - system.clockBehindMs - lagMs);
}

function importedPoll(system: RandomSystem, next: () => number, stations: number): PollRecord {
  const archive = system.archives[Math.floor(next() * system.archives.length)] as RandomSystem['archives'][0];
  // Sometimes the same file again.
  if (next() > 0.15) archive.at += next() < 0.1 ? 12 * 3_600_000 : 1_200_000;
  const poll = listPoll(system, archive.at, next, stations, archive.at, archive.stationsFrom);
  return { ...poll, imported: true };
}

function listPoll(
  { system_id }: RandomSystem,
  at: number,
  next: () => number,
  stations: number,
  last_updated = at,
  stationsFrom = 0,
): PollRecord {
  const listed = idsOf(next, stations, stationsFrom).map((id) => ({
    station_id: String(id),
    ...(isToldBy(system_id, next) && { num_bikes_available: Math.floor(next() * 4) }),
    ...(isToldBy(system_id, next) && { num_docks_available: Math.floor(next() * 4) }),
    is_renting: next() < 0.95,
    is_returning: true,
    is_installed: true,
    last_reported: Math.floor(at / 1000),
  }));
  return { ...emptyPoll(system_id, at), body: toBody(listed, last_updated) };
}

/** Systems with odd numbers omit every fifth count. */
function isToldBy(system_id: string, next: () => number): boolean {
  return /[02468]$/.test(system_id) || next() < 0.8;
}

function idsOf(next: () => number, stations: number, from = 0): number[] {
  return Array.from({ length: stations }, (_, index) => index + from).filter(() => next() < 0.97);
}

function place(id: number) {
  return { station_id: String(id), lat: 59.9, lon: 10.7 };
}

function emptyPoll(system_id: string, at: number): PollRecord {
  return {
    ...ANSWERED,
    system_id,
    fetched_at: new Date(at),
    source: `https://example.org/${system_id}/station_status.json`,
    body: Buffer.alloc(0),
  };
}

function toBody(stations: object[], last_updated: number): Buffer {
  return Buffer.from(
    JSON.stringify({ last_updated: Math.floor(last_updated / 1000), ttl: 30, data: { stations } }),
  );
}
