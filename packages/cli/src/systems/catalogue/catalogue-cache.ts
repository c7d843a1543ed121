import { dirname, join } from 'node:path';
import { makeFolder } from '@velolog/embedded/disk/make-folder';
import { readJsonFile, writeJsonFile } from '@velolog/embedded/json-file';
import { CATALOGUE_URL, readRequestConfig } from '@velolog/ingest/config';
import { FeedFetcher } from '@velolog/ingest/fetch/fetch-feed';
import { redactUrl } from '@velolog/ingest/fetch/redact-url';
import { type Catalogue, NoCatalogue, parseCatalogue } from '@velolog/ingest/sources/catalogue';
import { UserError } from '@velolog/worker/user-error';
import packageJson from '../../../package.json' with { type: 'json' };
import type { Home } from '../../home/home.ts';

type Cached = {
  url: string;
  etag: string | null;
  last_modified: string | null;
  /** When it was last known to be current. */
  checked_at: string;
  text: string;
};

/**
 * Loads the catalogue, with the ETag of the copy in the home. When the download fails or is not a catalogue, uses that copy
 * and tells `warn` how old it is.
 * @throws UserError when there is no copy either
 */
export async function loadCatalogue(
  home: Home,
  { warn, signal }: { warn: (line: string) => void; signal: AbortSignal },
): Promise<Catalogue> {
  const url = process.env.CATALOGUE_URL?.trim() || CATALOGUE_URL;
  if (!URL.canParse(url) || !/^https?:/.test(url)) {
    throw new UserError('CATALOGUE_URL: expected an http or https URL', { exitCode: 2 });
  }
  const path = join(home.path, 'catalogue.json');
  const cached = readCached(path, url);
  const ageMs = cached === null ? Number.POSITIVE_INFINITY : Date.now() - Date.parse(cached.checked_at);
  try {
    const next = await download(url, cached, signal);
    const catalogue = parseCatalogue(next.text);
    keepCopy(path, next, warn);
    return catalogue;
  } catch (cause) {
    signal.throwIfAborted();
    const shown = redactUrl(url);
    const why =
      cause instanceof NoCatalogue
        ? `${shown} does not return a catalogue: ${cause.message}`
        : `Cannot reach the catalogue at ${shown}: ${(cause as Error).message}`;
    if (cached === null) {
      const ways = 'Set CATALOGUE_URL, or add a system by its discovery URL: npx velolog systems add URL';
      throw new UserError(`${why}. ${ways}`, { cause });
    }
    warn(`${why}. Using the copy from ${describeAge(ageMs)} ago`);
    return parseCatalogue(cached.text);
  }
}

/** A home that cannot be written to, or a full disk, does not make the answer wrong. */
function keepCopy(path: string, next: Cached, warn: (line: string) => void): void {
  try {
    makeFolder(dirname(path));
    writeJsonFile(path, next);
  } catch (error) {
    warn(`Cannot keep a copy of the catalogue: ${(error as Error).message}`);
  }
}

/** Returns null also for a copy from another URL and for a file that is not a catalogue. */
function readCached(path: string, url: string): Cached | null {
  const cached = readJsonFile<Cached>(path);
  if (cached?.url !== url || typeof cached.text !== 'string') return null;
  try {
    parseCatalogue(cached.text);
    return cached;
  } catch {
    return null;
  }
}

async function download(url: string, cached: Cached | null, signal: AbortSignal): Promise<Cached> {
  const { fetch: settings } = readRequestConfig(process.env, packageJson.version);
  // The user chose this address; it does not come from a list that others write.
  const fetcher = new FeedFetcher({ ...settings, allowPrivateAddresses: true });
  try {
    const answer = await fetcher.fetch(
      {
        url,
        validators: cached && { etag: cached.etag, last_modified: cached.last_modified },
        headers: {},
        trustedOrigins: new Set(),
      },
      (_, request) => request(),
      signal,
    );
    const checked_at = new Date().toISOString();
    if (answer.outcome === 'failed') throw new Error(answer.error);
    if (answer.outcome === 'unchanged' && cached !== null) return { ...cached, checked_at };
    if (answer.outcome !== 'fetched')
      throw new Error('it answers "not modified" to a request without a validator');
    return { url, ...answer.validators, checked_at, text: answer.body.toString('utf8') };
  } finally {
    await fetcher.close();
  }
}

function describeAge(ms: number): string {
  const hours = ms / 3_600_000;
  const minutes = Math.round(ms / 60_000);
  if (hours < 2) return minutes < 2 ? 'a minute' : `${minutes} minutes`;
  return hours < 48 ? `${Math.round(hours)} hours` : `${Math.round(hours / 24)} days`;
}
