import { registrableDomain } from '../schedule/registrable-domain.ts';
import type { Catalogue, CatalogueEntry } from './catalogue.ts';
import { sameUrl } from './same-url.ts';
import { missingKeys } from './secrets/missing-keys.ts';
import { urlKeys, withKeys, withoutKeys } from './secrets/url-keys.ts';
import type { TopicEntry } from './topic.ts';

/** The state of a system that is polled here. */
export type SystemStatus = {
  /** How long its discovery has failed without a break; null when it answers. */
  failingMs: number | null;
  /** Discovery answers 410, or the termination date has passed. */
  ending: 'http_410' | 'terminated' | null;
};

export type Healing =
  | { kind: 'none' }
  | { kind: 'move'; to: CatalogueEntry }
  | { kind: 'end'; reason: NonNullable<TopicEntry['ended']>['reason'] }
  /** It was marked as ended, but is not. */
  | { kind: 'back' }
  /** The system moved to a URL that needs a key. */
  | { kind: 'needs_key'; to: CatalogueEntry }
  /** It moved to a place where its keys must not be sent without asking the user. */
  | { kind: 'keys_stay'; to: CatalogueEntry };

/**
 * What must be done for a system. The catalogue counts only for systems that were added from it, and only after their
 * discovery has failed for long: a row is a claim, an answer is a fact. The URL is the row's, never the target of a
 * redirect.
 * @param catalogue null when it cannot be read now
 */
export function healingOf(
  entry: TopicEntry,
  { failingMs, ending }: SystemStatus,
  { catalogue, healAfterMs }: { catalogue: Catalogue | null; healAfterMs: number },
): Healing {
  const isFailing = failingMs !== null && failingMs >= healAfterMs;
  if (isFailing && entry.source === 'catalogue' && catalogue !== null) {
    const name = entry.listed_as ?? entry.id;
    const row = catalogue.entries.find(({ id, listed_id }) => id === name || listed_id === name);
    const here = catalogue.entries.find((one) =>
      sameUrl(one.discovery_url, withoutKeys(entry.discovery_url)),
    );
    if (row !== undefined && here === undefined) return moveTo(entry, row);
    if (row === undefined && here === undefined) return endedFor(entry, 'not_in_catalogue');
  }
  if (ending !== null) return endedFor(entry, ending);
  return entry.ended !== undefined && failingMs === null ? { kind: 'back' } : { kind: 'none' };
}

function moveTo(entry: TopicEntry, row: CatalogueEntry): Healing {
  const { headers, authentication, discovery_url } = entry;
  const missing = missingKeys(row.authentication, {
    headers,
    authentication,
    keys: urlKeys(discovery_url),
  });
  if (missing !== null) return { kind: 'needs_key', to: row };
  return {
    kind: hasKeys(entry) && !isSameOperator(discovery_url, row.discovery_url) ? 'keys_stay' : 'move',
    to: row,
  };
}

/** Whether the user gave keys for this publisher alone. Any header counts, because it may be a key. */
function hasKeys({ headers, authentication, discovery_url }: TopicEntry): boolean {
  return Object.keys(headers).length > 0 || authentication !== undefined || urlKeys(discovery_url).length > 0;
}

/**
 * Anybody can have a row of the catalogue changed, so it must not lead keys to another domain, nor from https to http.
 */
function isSameOperator(from: string, to: string): boolean {
  const [old, next] = [new URL(from), new URL(to)];
  const isAsSafe = next.protocol === 'https:' || old.protocol === 'http:';
  return isAsSafe && registrableDomain(old.host) === registrableDomain(next.host);
}

function endedFor(entry: TopicEntry, reason: NonNullable<TopicEntry['ended']>['reason']): Healing {
  return entry.ended?.reason === reason ? { kind: 'none' } : { kind: 'end', reason };
}

/** The entry to be written. */
export function healed(entry: TopicEntry, healing: Healing, at: Date): TopicEntry | null {
  const { ended, ...rest } = entry;
  switch (healing.kind) {
    case 'move':
      return {
        ...rest,
        discovery_url: withKeys(healing.to.discovery_url, urlKeys(entry.discovery_url)),
        moved: { from: entry.discovery_url, at: at.toISOString() },
      };
    case 'end':
      return { ...rest, ended: { reason: healing.reason, at: at.toISOString() } };
    case 'back':
      return rest;
    default:
      return null;
  }
}
