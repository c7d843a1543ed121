import type { Catalogue, CatalogueEntry } from '@velolog/ingest/sources/catalogue';
import { sameUrl } from '@velolog/ingest/sources/same-url';
import { resolveSecrets } from '@velolog/ingest/sources/secrets/resolve-secrets';
import type { TopicEntry } from '@velolog/ingest/sources/topic';
import { printable, printableJson, printableLines } from '@velolog/worker/printable';
import { stopSignal } from '@velolog/worker/stop-signal';
import { UserError } from '@velolog/worker/user-error';
import type { Home } from '../home/home.ts';
import { homeOption } from '../home/home-option.ts';
import { allowsPrivate } from './allows-private.ts';
import { loadCatalogue } from './catalogue/catalogue-cache.ts';
import { type CredentialFlags, holdsSecret, keyedUrl, parseCredentials } from './credentials.ts';
import { type EntryOptions, entryOfRow, entryOfUrl, isUrl, rowOf } from './new-entry.ts';
import { openRecordedSystems, type RecordedSystems } from './recorded-systems.ts';

export type AddOptions = {
  home: Home;
  targets: string[];
  country: string | undefined;
  /** Add every system that the catalogue lists. */
  all: boolean;
  id: string | undefined;
  credentials: CredentialFlags;
  json: boolean;
};

type Skipped = { system_id: string; reason: string };

/** Checks all targets first: when one of them cannot be added, none is. */
export async function addSystems(options: AddOptions): Promise<void> {
  const { home, targets, country, all, id, json } = options;
  if ([targets.length > 0, country !== undefined, all].filter(Boolean).length !== 1) {
    throw new UserError('Give the systems to add: ids or URLs, --country with two letters, or --all', {
      exitCode: 2,
    });
  }
  if (id !== undefined && targets.length !== 1) {
    throw new UserError('--id names one system: give one target with it', { exitCode: 2 });
  }
  const signal = stopSignal();
  const say = (line: string) => process.stderr.write(`${printableLines(line)}\n`);
  const given: EntryOptions = { id, ...parseCredentials(options.credentials) };
  if (targets.length === 0 && holdsSecret(given)) {
    throw new UserError(
      'A key belongs to one publisher: name its systems by id or URL, without --country or --all',
      { exitCode: 2 },
    );
  }
  const recorded = await openRecordedSystems(home, signal);
  const catalogue = await catalogueFor(options, say, signal);
  const { entries, skipped } =
    targets.length > 0
      ? { entries: await entriesOf(targets, { given, recorded, catalogue, signal }), skipped: [] }
      : entriesOfRows(rowsOf(country, catalogue as Catalogue), { given, recorded });
  await recorded.put(entries);
  if (json) {
    console.log(printableJson({ added: entries, skipped }));
    return;
  }
  for (const entry of entries.slice(0, 20))
    console.log(printable(`Added ${entry.id}  ${entry.discovery_url}`));
  if (entries.length > 20) console.log(`… and ${entries.length - 20} more: ${entries.length} systems added`);
  for (const { system_id, reason } of skipped.slice(0, 20)) say(`Left out ${system_id}: ${reason}`);
  if (skipped.length > 20) say(`Left out ${skipped.length - 20} more; --json lists them`);
  if (entries.length === 0) console.log('Nothing to add');
  else say(whoPolls(recorded));
  for (const line of new Set(entries.flatMap(secretsNotHere))) say(line);
}

/** Returns null when the catalogue cannot be loaded and all targets are URLs, which can be added without it. */
async function catalogueFor(
  { home, targets }: AddOptions,
  say: (line: string) => void,
  signal: AbortSignal,
): Promise<Catalogue | null> {
  try {
    return await loadCatalogue(home, { warn: say, signal });
  } catch (error) {
    if (targets.length === 0 || !targets.every(isUrl) || !(error instanceof UserError)) throw error;
    return null;
  }
}

async function entriesOf(
  targets: string[],
  {
    given,
    recorded,
    catalogue,
    signal,
  }: { given: EntryOptions; recorded: RecordedSystems; catalogue: Catalogue | null; signal: AbortSignal },
): Promise<TopicEntry[]> {
  const entries: TopicEntry[] = [];
  const problems: string[] = [];
  for (const target of targets) {
    try {
      if (isUrl(target)) refuseKnownUrl(keyedUrl(target, given), recorded);
      else refuseKnownId(target, recorded, catalogue);
      const entry = isUrl(target)
        ? await entryOfUrl(target, given, { catalogue, allowPrivate: allowsPrivate(recorded.state), signal })
        : entryOfRow(rowOf(catalogue as Catalogue, target), given);
      refuseKnown(entry, recorded.entries.values());
      refuseKnown(entry, entries, 'was given twice');
      entries.push(entry);
    } catch (error) {
      if (targets.length === 1 || !(error instanceof UserError)) throw error;
      problems.push(error.message);
    }
  }
  if (problems.length > 0) throw new UserError([...problems, 'Nothing was added.'].join('\n'));
  return entries;
}

/** Checked before its publisher is asked. */
function refuseKnownUrl(url: string, { entries }: RecordedSystems): void {
  const known = [...entries.values()].find(({ discovery_url }) => sameUrl(discovery_url, url));
  if (known !== undefined) throw new UserError(alreadyRecorded(known));
}

/** A system that was added by its URL is in no catalogue: that would be said of it otherwise. */
function refuseKnownId(id: string, { entries }: RecordedSystems, catalogue: Catalogue | null): void {
  const known = entries.get(id);
  const isListed = catalogue?.entries.some((row) => row.id === id || row.listed_id === id) ?? false;
  if (known !== undefined && !isListed) throw new UserError(alreadyRecorded(known));
}

function refuseKnown(entry: TopicEntry, known: Iterable<TopicEntry>, how?: string): void {
  for (const one of known) {
    const isSame = sameUrl(one.discovery_url, entry.discovery_url);
    if (isSame) throw new UserError(how === undefined ? alreadyRecorded(one) : `${one.id} ${how}`);
    if (one.id === entry.id) {
      throw new UserError(
        `There is already a system ${one.id}, recorded from ${one.discovery_url}: give the new one another id with --id, or remove the old one first`,
      );
    }
  }
}

function alreadyRecorded({ id, discovery_url }: TopicEntry): string {
  return `${id} is already recorded, from ${discovery_url}: nothing to add. To change it, remove it first`;
}

/** All rows of a country, or all rows when none is given. */
function rowsOf(written: string | undefined, { entries }: Catalogue): CatalogueEntry[] {
  const rows =
    written === undefined ? entries : entries.filter(({ country }) => country === written.toUpperCase());
  if (rows.length > 0) return rows;
  const known = [...new Set(entries.map((row) => row.country))].toSorted().join(' ');
  throw new UserError(`The catalogue has no system in ${written}; it has ${known}`);
}

function entriesOfRows(
  rows: CatalogueEntry[],
  { given, recorded }: { given: EntryOptions; recorded: RecordedSystems },
): { entries: TopicEntry[]; skipped: Skipped[] } {
  const entries: TopicEntry[] = [];
  const skipped: Skipped[] = [];
  for (const row of rows) {
    try {
      const entry = entryOfRow(row, given);
      refuseKnown(entry, recorded.entries.values());
      entries.push(entry);
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      skipped.push({ system_id: row.id, reason: error.message });
    }
  }
  return { entries, skipped };
}

/** Warns of secrets that are not set here: they may be set for ingest, or may have been forgotten. */
function secretsNotHere(entry: TopicEntry): string[] {
  try {
    resolveSecrets(entry, process.env);
    return [];
  } catch (error) {
    return [
      `Here ${(error as Error).message}. Without it in its own environment, ingest does not poll ${entry.id} (system_unusable in its log)`,
    ];
  }
}

function whoPolls({ state }: RecordedSystems): string {
  const ingest = state.workers.find(({ name }) => name === 'ingest');
  if (state.running && ingest === undefined)
    return 'No ingest worker runs on this home: it polls them after its next start';
  return `The running ingest worker follows within seconds (npx velolog systems list${homeOption(state.home)})`;
}
