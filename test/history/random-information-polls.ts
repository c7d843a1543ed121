import { type PollRecord, pollId } from '@velolog/stream/poll-record';
import { ANSWERED } from '../workers/answered.ts';
import { random } from './random.ts';

const START = Date.UTC(2026, 5, 15, 12);
const DAY_MS = 86_400_000;
const FEEDS = ['station_information', 'system_information', 'system_regions'] as const;

/**
 * Polls of what changes seldom, of several systems as in a bad week: lists of stations that come, go, move and get other names, names of
 * systems and regions, "not modified" for the last body and for a refused one, empty lists, failures, bodies of a lagging server, and polls
 * of an ingest whose clock is ahead or behind, so that they are refused; pieces of imported history in any order, also of feeds that are never
 * polled, or of which each poll was refused. Each feed's live polls are in order of time; the same seed gives the same polls.
 */
export function randomInformationPolls(
  seed: number,
  size: { systems: number; polls: number; stations: number },
): PollRecord[] {
  const next = random(seed);
  const feeds = Array.from({ length: size.systems }, (_, index) =>
    FEEDS.map((feed) => newFeed(`system-${index}`, feed, index, next)),
  ).flat();
  const polls: PollRecord[] = [];
  for (let poll = 0; poll < size.polls; poll++) {
    const feed = feeds[Math.floor(next() * feeds.length)];
    if (feed !== undefined) polls.push(pollOf(feed, next, size.stations));
  }
  return polls;
}

type Feed = {
  system_id: string;
  feed: (typeof FEEDS)[number];
  at: number;
  body_id: string | null;
  archives: number[];
  /** What becomes of its live polls. */
  fate: 'stored' | 'refused' | 'never polled';
};

function newFeed(system_id: string, feed: Feed['feed'], index: number, next: () => number): Feed {
  const kind = next();
  return {
    system_id,
    feed,
    at: START + index * 100 + 13,
    body_id: null,
    archives: [700, 400, 395, 200].map((days) => START - days * DAY_MS),
    fate: kind < 0.6 ? 'stored' : kind < 0.8 ? 'refused' : 'never polled',
  };
}

function pollOf(feed: Feed, next: () => number, stations: number): PollRecord {
  const kind = next();
  if (kind < 0.4 || feed.fate === 'never polled') return importedPoll(feed, next, stations);
  feed.at += next() < 0.05 ? Math.ceil(next() * 30) * 3_600_000 : 60_000;
  const poll = { ...emptyPoll(feed, feed.at), ...(next() < 0.5 && { country: next() < 0.7 ? 'NO' : 'SE' }) };
  if (feed.fate === 'refused' || kind < 0.45)
    return { ...poll, ...refused(feed, next), body: listOf(feed, next, stations) };
  if (kind < 0.5) return { ...poll, outcome: 'failed', http_status: 503, error: 'http_503' };
  if (kind < 0.58) return { ...poll, outcome: 'unchanged', http_status: 304, body_id: feed.body_id };
  if (kind < 0.6)
    return {
      ...poll,
      outcome: 'unchanged',
      http_status: 304,
      body_id: pollId({ ...poll, ...refused(feed, next) }),
    };
  feed.body_id = pollId(poll);
  if (kind < 0.63) return { ...poll, body: Buffer.from('<html>') };
  const lagMs = kind < 0.68 ? 300_000 : 0;
  return { ...poll, body: listOf(feed, next, stations, feed.at - lagMs) };
}

/** Far ahead, or long before the last one. */
function refused({ at }: Feed, next: () => number): Pick<PollRecord, 'fetched_at'> {
  return { fetched_at: new Date(next() < 0.7 ? Date.UTC(2099, 0, 1) : at - DAY_MS) };
}

function importedPoll(feed: Feed, next: () => number, stations: number): PollRecord {
  const archive = Math.floor(next() * feed.archives.length);
  // Sometimes the same file again.
  if (next() > 0.15)
    feed.archives[archive] = (feed.archives[archive] ?? 0) + (next() < 0.1 ? DAY_MS : 1_200_000);
  const at = feed.archives[archive] ?? 0;
  const poll = { ...emptyPoll(feed, at), imported: true };
  if (next() < 0.05) return { ...poll, body: Buffer.from('<html>') };
  return { ...poll, body: listOf(feed, next, stations, at) };
}

function listOf(
  { feed, system_id }: Feed,
  next: () => number,
  stations: number,
  last_updated?: number,
): Buffer {
  const version = Math.floor(next() * 3);
  const some = (count: number) =>
    Array.from({ length: count }, (_, id) => String(id)).filter(() => next() < 0.8);
  const data = {
    station_information: () => ({
      stations: (next() < 0.05 ? [] : some(stations + 3)).map((station_id) => ({
        station_id,
        name: `Station ${station_id} ${version}`,
        lat: 59.9 + version / 100,
        lon: 10.7,
        ...(next() < 0.8 && { capacity: 10 + version }),
        ...(next() < 0.5 && { region_id: String(version) }),
      })),
    }),
    system_information: () => ({
      system_id,
      name: `System ${version}`,
      timezone: ['Europe/Oslo', 'Europe/Berlin', 'UTC'][version],
      language: 'en',
    }),
    system_regions: () => ({
      regions: some(3).map((region_id) => ({ region_id, name: `Region ${region_id} ${version}` })),
    }),
  }[feed]();
  return Buffer.from(
    JSON.stringify({
      ...(last_updated && { last_updated: Math.floor(last_updated / 1000) }),
      ttl: 3600,
      data,
    }),
  );
}

function emptyPoll({ system_id, feed }: Feed, at: number): PollRecord {
  return {
    ...ANSWERED,
    system_id,
    feed,
    fetched_at: new Date(at),
    source: `https://example.org/${system_id}/${feed}.json`,
    body: Buffer.alloc(0),
  };
}
