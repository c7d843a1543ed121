import { readAtScrape, type Series } from '@velolog/metrics/read-at-scrape';
import { Counter, Gauge, type Registry } from 'prom-client';
import type { FeedAnswer } from './fetch/fetch-feed.ts';

const OF_FEED = ['system', 'feed'] as const;
const OUTCOMES = ['fetched', 'unchanged', 'failed'] as const satisfies FeedAnswer['outcome'][];

/** What the series of a feed say. Null is not known, and has no series. */
export type SeenFeed = {
  lastSuccessSeconds: number | null;
  lastUpdatedSeconds: number | null;
  ttlSeconds: number | null;
  intervalSeconds: number | null;
  failuresInARow: number | null;
  /** Polls by outcome. */
  fetched: number;
  unchanged: number;
  failed: number;
};

const GAUGES: { name: string; help: string; read: (seen: SeenFeed) => number | null }[] = [
  {
    name: 'gbfs_feed_last_success_timestamp_seconds',
    help: 'When the feed last answered with a usable body or with 304; absent before the first time',
    read: ({ lastSuccessSeconds }) => lastSuccessSeconds,
  },
  {
    name: 'gbfs_feed_last_updated_timestamp_seconds',
    help: 'last_updated as the feed declared it last; absent when it declares none',
    read: ({ lastUpdatedSeconds }) => lastUpdatedSeconds,
  },
  {
    name: 'gbfs_feed_ttl_seconds',
    help: 'ttl as the feed declared it last; absent when it declares none',
    read: ({ ttlSeconds }) => ttlSeconds,
  },
  {
    name: 'gbfs_feed_poll_interval_seconds',
    help: 'Time from one poll of the feed to the next while it answers, before jitter; absent before the first poll',
    read: ({ intervalSeconds }) => intervalSeconds,
  },
  {
    name: 'gbfs_feed_consecutive_failures',
    help: 'Polls of the feed that failed since it last answered; absent before the first poll',
    read: ({ failuresInARow }) => failuresInARow,
  },
];

/** The metrics of each feed: the most numerous series of ingest by far, so they are made at each scrape from one small object a feed. */
export class FeedSeries {
  /** By system, then by feed. */
  readonly #seen = new Map<string, Map<string, SeenFeed>>();

  constructor(registry: Registry) {
    const registers = [registry];
    for (const { name, help, read } of GAUGES)
      readAtScrape(new Gauge({ name, help, labelNames: OF_FEED, registers }), () => this.#valuesOf(read));
    const polls = new Counter({
      name: 'gbfs_polls_total',
      help: 'Finished polls by outcome: fetched (a body), unchanged (304), failed',
      labelNames: ['system', 'feed', 'outcome'],
      registers,
    });
    readAtScrape(polls, () => this.#pollsByOutcome());
  }

  of(system: string, feed: string): SeenFeed {
    const feeds = this.#seen.get(system) ?? new Map<string, SeenFeed>();
    this.#seen.set(system, feeds);
    const seen = feeds.get(feed) ?? nothingSeen();
    feeds.set(feed, seen);
    return seen;
  }

  /** Removes the feed's series: a system that is no longer recorded is not late. */
  forget(system: string, feed: string): void {
    const feeds = this.#seen.get(system);
    feeds?.delete(feed);
    if (feeds?.size === 0) this.#seen.delete(system);
  }

  *#valuesOf(read: (seen: SeenFeed) => number | null): Generator<Series<(typeof OF_FEED)[number]>> {
    for (const [system, feeds] of this.#seen) {
      for (const [feed, seen] of feeds) {
        const value = read(seen);
        if (value !== null) yield { labels: { system, feed }, value };
      }
    }
  }

  *#pollsByOutcome(): Generator<Series<'system' | 'feed' | 'outcome'>> {
    for (const [system, feeds] of this.#seen) {
      for (const [feed, seen] of feeds) {
        for (const outcome of OUTCOMES)
          if (seen[outcome] > 0) yield { labels: { system, feed, outcome }, value: seen[outcome] };
      }
    }
  }
}

function nothingSeen(): SeenFeed {
  return {
    lastSuccessSeconds: null,
    lastUpdatedSeconds: null,
    ttlSeconds: null,
    intervalSeconds: null,
    failuresInARow: null,
    fetched: 0,
    unchanged: 0,
    failed: 0,
  };
}
