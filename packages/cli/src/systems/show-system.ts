import { redactUrl } from '@velolog/ingest/fetch/redact-url';
import type { Catalogue, CatalogueEntry } from '@velolog/ingest/sources/catalogue';
import { sameUrl } from '@velolog/ingest/sources/same-url';
import { resolveSecrets } from '@velolog/ingest/sources/secrets/resolve-secrets';
import { withoutKeys } from '@velolog/ingest/sources/secrets/url-keys';
import { system } from '@velolog/ingest/sources/system';
import type { TopicEntry } from '@velolog/ingest/sources/topic';
import { printable, printableJson, printableLines } from '@velolog/worker/printable';
import { stopSignal } from '@velolog/worker/stop-signal';
import { UserError } from '@velolog/worker/user-error';
import type { Home } from '../home/home.ts';
import { readState } from '../home/state.ts';
import { formatTable } from '../print/format-table.ts';
import { allowsPrivate } from './allows-private.ts';
import { loadCatalogue } from './catalogue/catalogue-cache.ts';
import { countryName, twinsOf } from './catalogue/search-catalogue.ts';
import { type CredentialFlags, type Credentials, keyedUrl, parseCredentials } from './credentials.ts';
import { describeProblem } from './describe-problem.ts';
import { isUrl, rowOf } from './new-entry.ts';
import { type Probe, probeSystem } from './probe-system.ts';
import { recordedIfKnown } from './recorded-systems.ts';

export type ShowOptions = { home: Home; target: string; credentials: CredentialFlags; json: boolean };

/** Asks the publisher once for what is worth knowing before recording it, with ingest's limits and User-Agent. */
export async function showSystem({ home, target, credentials, json }: ShowOptions): Promise<void> {
  const given = parseCredentials(credentials);
  const signal = stopSignal();
  const say = (line: string) => process.stderr.write(`${printableLines(line)}\n`);
  const recorded = await recordedIfKnown(home, signal);
  const known = recorded === null ? undefined : find(recorded.entries, target);
  const catalogue = await catalogueIf(known === undefined && !isUrl(target), home, { warn: say, signal });
  const row = rowFor(target, known, catalogue);
  const asked = requestFor(target, { known, row, given });
  const probe = await probeSystem({ ...asked, allowPrivate: allowsPrivate(await readState(home)) }, signal);
  const shown = redactUrl(asked.discovery_url, { parameters: [], values: asked.secrets });
  const problem = probe.problem && describeProblem(probe.problem, probe.http_status);
  if (problem !== null && known === undefined && row === null) {
    throw new UserError(`Cannot show ${shown}: ${problem}`);
  }
  const facts = {
    system_id: known?.id ?? row?.id ?? probe.information?.system_id ?? null,
    name: probe.information?.name ?? row?.name ?? null,
    location: row?.location ?? null,
    country: row?.country ?? null,
    operator: probe.information?.operator ?? null,
    timezone: probe.information?.timezone ?? null,
    license_url: probe.information?.license_url ?? null,
    discovery_url: shown,
    version: probe.version,
    recorded: recorded === null ? null : known !== undefined,
    authentication: row?.authentication ?? null,
    same_as: row === null || catalogue === null ? [] : twinsOf(row, catalogue),
    problem,
    feeds: probe.feeds.map((feed) => ({
      ...feed,
      url: redactUrl(feed.url, { parameters: [], values: asked.secrets }),
    })),
  };
  if (json) console.log(printableJson(facts));
  else printFacts(facts);
}

function find(entries: Map<string, TopicEntry>, target: string): TopicEntry | undefined {
  return (
    entries.get(target) ?? [...entries.values()].find(({ discovery_url }) => sameUrl(discovery_url, target))
  );
}

/** Returns null when the catalogue cannot be loaded and the target does not need it. */
async function catalogueIf(
  isNeeded: boolean,
  home: Home,
  options: { warn: (line: string) => void; signal: AbortSignal },
): Promise<Catalogue | null> {
  try {
    return await loadCatalogue(home, options);
  } catch (error) {
    if (isNeeded || !(error instanceof UserError)) throw error;
    return null;
  }
}

function rowFor(
  target: string,
  known: TopicEntry | undefined,
  catalogue: Catalogue | null,
): CatalogueEntry | null {
  const url = known?.discovery_url ?? (isUrl(target) ? target : null);
  if (url === null) return rowOf(catalogue as Catalogue, target);
  return catalogue?.entries.find(({ discovery_url }) => sameUrl(discovery_url, withoutKeys(url))) ?? null;
}

function requestFor(
  target: string,
  { known, row, given }: { known: TopicEntry | undefined; row: CatalogueEntry | null; given: Credentials },
): {
  discovery_url: string;
  headers: Record<string, string>;
  authentication: TopicEntry['authentication'];
  secrets: string[];
} {
  const url = known?.discovery_url ?? row?.discovery_url ?? target;
  const { source, ...entry }: Partial<TopicEntry> = known ?? {};
  const settings = system.safeParse({
    ...entry,
    id: 'shown',
    discovery_url: keyedUrl(url, given),
    headers: { ...entry.headers, ...given.headers },
    authentication: given.authentication ?? entry.authentication,
  });
  if (!settings.success) {
    throw new UserError(
      settings.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`).join('; '),
      {
        exitCode: 2,
      },
    );
  }
  try {
    const {
      discovery_url,
      headers: sent,
      authentication,
      secretValues = [],
    } = resolveSecrets(settings.data, process.env);
    return { discovery_url, headers: sent, authentication, secrets: [...secretValues] };
  } catch (cause) {
    throw new UserError(`Cannot ask ${target}: ${(cause as Error).message}`, { cause });
  }
}

type Facts = {
  system_id: string | null;
  name: string | null;
  location: string | null;
  country: string | null;
  operator: string | null;
  timezone: string | null;
  license_url: string | null;
  discovery_url: string;
  version: string | null;
  recorded: boolean | null;
  authentication: CatalogueEntry['authentication'];
  same_as: string[];
  problem: string | null;
  feeds: Probe['feeds'];
};

function printFacts(facts: Facts): void {
  const { authentication, country } = facts;
  const place = [facts.location, country && (countryName(country) ?? country)].filter(Boolean).join(', ');
  const lines: [string, string | null][] = [
    ['system_id', facts.system_id],
    ['name', facts.name],
    ['place', place || null],
    ['operator', facts.operator],
    ['timezone', facts.timezone],
    [
      'licence',
      facts.problem === null
        ? (facts.license_url ??
          'the feed names none; a listing in the catalogue is not a licence, so ask the operator')
        : null,
    ],
    ['discovery', facts.discovery_url],
    ['GBFS', facts.version],
    [
      'recorded',
      facts.recorded === null ? 'not known: Velolog is not running here' : facts.recorded ? 'yes' : 'no',
    ],
    [
      'needs',
      authentication &&
        `${authentication.names.join(', ')}${authentication.info_url ? `, see ${authentication.info_url}` : ''}`,
    ],
    ['same as', facts.same_as.join(' ') || null],
    ['problem', facts.problem],
  ];
  for (const [name, value] of lines)
    if (value !== null) console.log(printable(`${name.padEnd(10)} ${value}`));
  if (facts.feeds.length === 0) return;
  console.log('');
  console.log(
    formatTable(
      ['feed', 'answer', 'ttl_seconds', 'rows'],
      facts.feeds.map(({ name, answer, ttl_seconds, rows }) => [
        name,
        answer ?? 'not asked',
        ttl_seconds ?? '',
        rows ?? '',
      ]),
    ),
  );
}
