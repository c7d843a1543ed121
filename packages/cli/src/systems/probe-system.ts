import { parseBody } from '@velolog/gbfs/body';
import { UndecodableBody } from '@velolog/gbfs/decoded';
import type { DiscoveredFeed } from '@velolog/gbfs/discovery';
import { FEEDS, feedNamed } from '@velolog/gbfs/feeds';
import { decodeSystemInformation, type SystemInformation } from '@velolog/gbfs/feeds/system-information';
import { readRequestConfig } from '@velolog/ingest/config';
import { AccessTokens, type Credentials } from '@velolog/ingest/fetch/access-tokens';
import { FetchFailure } from '@velolog/ingest/fetch/fetch-failure';
import { type FeedAnswer, FeedFetcher } from '@velolog/ingest/fetch/fetch-feed';
import { nothingKept } from '@velolog/ingest/politeness/politeness';
import { HostLimits } from '@velolog/ingest/schedule/host-limits';
import { readDiscovery } from '@velolog/ingest/sources/discover';
import packageJson from '../../package.json' with { type: 'json' };

/** A feed and how it answered one request. */
export type ProbedFeed = {
  name: string;
  url: string;
  /** Null when it was not requested, because Velolog records nothing from it. */
  answer: string | null;
  ttl_seconds: number | null;
  /** Rows in its list; null when it has no list or did not answer. */
  rows: number | null;
};

/** A system as its publisher serves it now. */
export type Probe = {
  discovery_url: string;
  /** Code of what is wrong with the discovery document; null when it lists feeds. */
  problem: string | null;
  http_status: number | null;
  version: string | null;
  feeds: ProbedFeed[];
  information: SystemInformation | null;
};

type Asked = {
  discovery_url: string;
  headers: Record<string, string>;
  /** Contains the secret itself, not a reference. */
  authentication?: Credentials | undefined;
  allowPrivate: boolean;
};

/** Feeds to request: those that are recorded, and the vehicles to count them. They are requested one after the other, as ingest would. */
const PROBED = new Set<unknown>([
  FEEDS.system_information,
  FEEDS.station_information,
  FEEDS.station_status,
  FEEDS.vehicle_status,
]);

/** Sends requests as ingest does: with its limits, its guard against private addresses and its User-Agent. */
export async function probeSystem(asked: Asked, signal: AbortSignal): Promise<Probe> {
  const config = readRequestConfig(process.env, packageJson.version);
  const allowPrivateAddresses = asked.allowPrivate || config.fetch.allowPrivateAddresses;
  const fetcher = new FeedFetcher({ ...config.fetch, allowPrivateAddresses });
  const limits = new HostLimits(config.limits);
  const origins = new Set([new URL(asked.discovery_url).origin]);
  const tokens = new AccessTokens(fetcher, limits);
  const keeper = nothingKept();
  const ask = async (url: string): Promise<FeedAnswer> => {
    const { authentication } = asked;
    const token = authentication && (await tokens.get(authentication, signal, keeper));
    return await fetcher.fetch(
      {
        url,
        validators: null,
        headers: { ...asked.headers, ...(token !== undefined && { authorization: `Bearer ${token}` }) },
        trustedOrigins: origins,
        onRetryAfter: (host, seconds) => limits.askToWait(host, seconds),
      },
      (host, request) => limits.run(host, request, { signal }),
      signal,
    );
  };
  try {
    return await probe(asked.discovery_url, ask, origins);
  } catch (error) {
    // There is no token, so the feeds were not requested.
    if (!(error instanceof FetchFailure)) throw error;
    const { discovery_url } = asked;
    return {
      discovery_url,
      problem: error.reason,
      http_status: null,
      version: null,
      feeds: [],
      information: null,
    };
  } finally {
    await fetcher.close();
  }
}

async function probe(
  discovery_url: string,
  ask: (url: string) => Promise<FeedAnswer>,
  origins: Set<string>,
): Promise<Probe> {
  const answer = await ask(discovery_url);
  const nothing = { discovery_url, version: null, feeds: [], information: null };
  if (answer.outcome !== 'fetched') {
    return { ...nothing, problem: problemOf(answer), http_status: answer.http_status };
  }
  const { http_status, body, content_type } = answer;
  const discovery = readDiscovery(body, { answeredBy: answer.url, languages: [], contentType: content_type });
  const problem = discovery.problem ?? (discovery.feeds.length === 0 ? 'no_feed_list' : null);
  if (problem !== null) return { ...nothing, problem, http_status };
  for (const { url } of discovery.feeds) origins.add(new URL(url).origin);
  const feeds: ProbedFeed[] = [];
  let information: SystemInformation | null = null;
  for (const feed of discovery.feeds) {
    const { probed, system } = await probeFeed(feed, ask);
    feeds.push(probed);
    information ??= system;
  }
  return {
    ...nothing,
    problem: null,
    http_status,
    version: versionOf(body, content_type),
    feeds,
    information,
  };
}

async function probeFeed(
  { name, url }: DiscoveredFeed,
  ask: (url: string) => Promise<FeedAnswer>,
): Promise<{ probed: ProbedFeed; system: SystemInformation | null }> {
  const probed: ProbedFeed = { name, url, answer: null, ttl_seconds: null, rows: null };
  const feed = feedNamed(name);
  if (!PROBED.has(feed)) return { probed, system: null };
  const answer = await ask(url);
  if (answer.outcome !== 'fetched') return { probed: { ...probed, answer: problemOf(answer) }, system: null };
  try {
    const document = parseBody(answer.body, { contentType: answer.content_type });
    const decoded = feed?.decode?.(document);
    const isList = feed !== FEEDS.system_information;
    return {
      probed: {
        ...probed,
        answer: 'ok',
        ttl_seconds: decoded?.ttl ?? null,
        rows: isList ? (decoded?.rows.length ?? null) : null,
      },
      system: isList ? null : (decodeSystemInformation(document).rows[0] ?? null),
    };
  } catch (error) {
    if (!(error instanceof UndecodableBody)) throw error;
    return { probed: { ...probed, answer: error.reason }, system: null };
  }
}

function versionOf(body: Buffer, contentType: string | null): string | null {
  const document = parseBody(body, { contentType }) as { version?: unknown };
  return typeof document.version === 'string' ? document.version : null;
}

function problemOf(answer: FeedAnswer): string {
  return answer.outcome === 'failed' ? answer.error : 'not_fetched';
}
