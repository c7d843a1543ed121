import { isSystemId, SYSTEM_ID_RULE } from '@velolog/gbfs/values/system-id';
import type { SystemSettings } from '@velolog/ingest/fetch/feed';
import { isSecretHeader, redactUrl } from '@velolog/ingest/fetch/redact-url';
import type { Catalogue, CatalogueEntry } from '@velolog/ingest/sources/catalogue';
import { sameUrl } from '@velolog/ingest/sources/same-url';
import { hideSecrets } from '@velolog/ingest/sources/secrets/hide-secrets';
import { missingKeys } from '@velolog/ingest/sources/secrets/missing-keys';
import { resolveSecrets } from '@velolog/ingest/sources/secrets/resolve-secrets';
import { withoutKeys } from '@velolog/ingest/sources/secrets/url-keys';
import { system } from '@velolog/ingest/sources/system';
import type { TopicEntry } from '@velolog/ingest/sources/topic';
import { UserError } from '@velolog/worker/user-error';
import { closest } from 'fastest-levenshtein';
import { type Credentials, keyedUrl } from './credentials.ts';
import { describeProblem } from './describe-problem.ts';
import { probeSystem } from './probe-system.ts';

export type EntryOptions = { id?: string | undefined } & Credentials;

export function isUrl(target: string): boolean {
  return /^[a-z][a-z0-9+.-]*:\/\//i.test(target);
}

type Draft = Pick<TopicEntry, 'id' | 'discovery_url' | 'headers' | 'authentication' | 'country' | 'source'>;

/** Finds the row that the target names. @throws UserError when it is unknown, with similar ids, or when it is listed more than once */
export function rowOf(catalogue: Catalogue, target: string): CatalogueEntry {
  const matching = catalogue.entries.filter(({ id, listed_id }) => id === target || listed_id === target);
  const [row, ...others] = matching.length > 0 ? matching : ignoringCase(catalogue, target);
  if (row === undefined) throw new UserError(unknownId(catalogue, target));
  if (others.length === 0) return row;
  const list = [row, ...others].map(({ id, name, location }) => `  ${id}  ${name}, ${location}`);
  throw new UserError(`${target} is listed more than once; choose one:\n${list.join('\n')}`);
}

function ignoringCase({ entries }: Catalogue, target: string): CatalogueEntry[] {
  const wanted = target.toLowerCase();
  return entries.filter(({ id, listed_id }) => [id, listed_id].some((one) => one.toLowerCase() === wanted));
}

function unknownId({ entries }: Catalogue, target: string): string {
  // Ids have dots, too. A target with a path, or an IP address, was meant as a URL.
  if (/^[\w-]+(\.[\w-]+)+(:\d+)?\/|^\d+(\.\d+){3}(:\d+)?$|^localhost\b/.test(target))
    return `The catalogue has no system "${target}". If it is a URL, begin it with https://`;
  const near: string[] = [];
  const part = target.toLowerCase();
  const left = new Set(entries.map(({ id }) => id));
  for (const id of left) if (near.length < 3 && id.toLowerCase().includes(part)) near.push(id);
  for (const id of near) left.delete(id);
  while (near.length < 3 && left.size > 0) {
    const next = closest(target, [...left]);
    near.push(next);
    left.delete(next);
  }
  return `The catalogue has no system "${target}". Similar: ${near.join(', ')}. To search: npx velolog systems search TEXT`;
}

/** @throws UserError when the system needs a key that was not given */
export function entryOfRow(row: CatalogueEntry, { id, ...given }: EntryOptions): TopicEntry {
  const missing = missingKeys(row.authentication, given);
  if (missing !== null) throw new UserError(describeAuthentication(row, missing));
  const entry = checked({
    ...settingsFor(row.discovery_url, given),
    id: id ?? row.id,
    ...countryOf(row),
    source: 'catalogue',
  });
  return { ...entry, ...listedAs(row, entry.id) };
}

function settingsFor(
  url: string,
  given: Credentials,
): Pick<Draft, 'discovery_url' | 'headers' | 'authentication'> {
  const { headers, authentication } = given;
  return { discovery_url: keyedUrl(url, given), headers, ...(authentication && { authentication }) };
}

/** Keeps the catalogue's id, so that the row can still be found when the system moves to another URL. */
function listedAs(row: CatalogueEntry, id: string): { listed_as?: string } {
  return row.id === id ? {} : { listed_as: row.id };
}

/** Leaves out a country code that is not valid: the row is useful without it. */
function countryOf({ country }: CatalogueEntry): { country?: string } {
  return /^[A-Z]{2}$/.test(country) ? { country } : {};
}

function describeAuthentication(
  { id, discovery_url, authentication }: CatalogueEntry,
  names: string[],
): string {
  const info = authentication?.info_url ? ` Ask for one at ${authentication.info_url}.` : '';
  const how =
    authentication?.kind === 'url'
      ? `npx velolog systems add '${discovery_url}?${names.map((name) => `${name}=\${MY_KEY}`).join('&')}'`
      : `npx velolog systems add ${id} ${names.map((name) => `--header '${name}: \${MY_KEY}'`).join(' ')}`;
  return `${id} needs a key.${info} Put yours into the environment of ingest, then: ${how}`;
}

/**
 * Makes the entry for a discovery URL. Asks the publisher first to check what it serves; if the catalogue lists the URL, the entry is that system.
 * @throws UserError that says what is wrong with it
 */
export async function entryOfUrl(
  url: string,
  { id, ...given }: EntryOptions,
  {
    catalogue,
    allowPrivate,
    signal,
  }: { catalogue: Catalogue | null; allowPrivate: boolean; signal: AbortSignal },
): Promise<TopicEntry> {
  const row = catalogue?.entries.find(({ discovery_url }) => sameUrl(discovery_url, withoutKeys(url)));
  const draft = checked({
    ...settingsFor(url, given),
    id: id ?? row?.id ?? 'new',
    ...(row && countryOf(row)),
    source: row ? 'catalogue' : 'command',
  });
  const { discovery_url, headers, authentication } = resolvedHere(draft);
  const probe = await probeSystem({ discovery_url, headers, authentication, allowPrivate }, signal);
  const shown = redactUrl(url);
  if (probe.problem !== null) {
    throw new UserError(`Cannot add ${shown}: ${describeProblem(probe.problem, probe.http_status)}`);
  }
  const named = id ?? row?.id ?? idFrom(probe.information?.system_id ?? null, new URL(url));
  return { ...draft, id: named, ...(row && listedAs(row, named)) };
}

/** Fills in the secrets to ask the publisher with. @throws UserError when they are not in this environment */
function resolvedHere(draft: TopicEntry): SystemSettings {
  try {
    return resolveSecrets(draft, process.env);
  } catch (cause) {
    throw new UserError(
      `Cannot ask ${redactUrl(draft.discovery_url)}: ${(cause as Error).message}. A system added by its URL is checked first: set the secret for this command, too`,
      { cause },
    );
  }
}

/** Takes the id that the publisher declares, else one made from the URL. */
function idFrom(declared: string | null, url: URL): string {
  if (declared !== null && isSystemId(declared)) return declared;
  const words = [url.hostname, ...url.pathname.split('/')].filter(
    (word) => !/^(|gbfs(\.json)?|v?[\d.]+|en)$/i.test(word),
  );
  const id = words
    .join('.')
    .replaceAll(/[^A-Za-z0-9._:+@-]+/g, '_')
    .slice(0, 200);
  if (isSystemId(id)) return id;
  throw new UserError(`Cannot derive an id for the system at ${url.host}: choose one with --id`);
}

/** @throws UserError when it would not be valid in systems.json, or contains a key */
function checked({ source, ...settings }: Draft): TopicEntry {
  if (!isSystemId(settings.id)) {
    throw new UserError(`${JSON.stringify(settings.id)} is not a system_id; ${SYSTEM_ID_RULE}`, {
      exitCode: 2,
    });
  }
  const result = system.safeParse(settings);
  if (!result.success) {
    const problems = result.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`);
    throw new UserError(`Cannot add ${settings.id === 'new' ? 'it' : settings.id}: ${problems.join('; ')}`, {
      exitCode: 2,
    });
  }
  const hidden = hideSecrets(result.data);
  // What the catalogue publishes is not a secret.
  const isPublic = source === 'catalogue';
  const [name] = Object.entries(hidden.headers).find(([, value]) => value === '***') ?? [];
  if (name !== undefined && isSecretHeader(name, settings.headers[name] ?? '')) {
    throw new UserError(
      `The header ${name} contains a key, which everyone could read in Kafka. Put it into the environment of ingest and write --header '${name}: \${NAME}'`,
      { exitCode: 2 },
    );
  }
  if (hidden.discovery_url !== result.data.discovery_url && !isPublic) {
    throw new UserError(
      `The URL contains a key, which everyone could read in Kafka. Put it into the environment of ingest and write \${NAME} in its place`,
      { exitCode: 2 },
    );
  }
  return { ...result.data, source };
}
