import { type Decoded, UndecodableBody } from '../decoded.ts';
import { readEnvelope } from '../envelope.ts';
import type { JsonObject } from '../json-object.ts';
import type { Tally } from '../tally.ts';
import { readLocalizedText } from '../values/localized-text.ts';
import { readTimezone } from '../values/timezone.ts';
import { readWebUrl } from '../values/web-url.ts';

export type SystemInformation = {
  /** As the publisher declares it. It may be blank or change, so we do not use it as a key. */
  system_id: string | null;
  name: string | null;
  operator: string | null;
  timezone: string | null;
  url: string | null;
  /** From 3.0 on a feed under a known licence gives only `license_id`; then this is that licence's page at spdx.org. */
  license_url: string | null;
  /** From 3.0 on, the first of `languages`. */
  language: string | null;
  /** From 3.0 on, in OpenStreetMap's format; earlier versions have system_hours and system_calendar instead. */
  opening_hours: string | null;
};

/** An object is a system_information if it has at least one of these; with just one of them, the system is still usable. */
const TELLING_FIELDS = ['system_id', 'name', 'timezone'];

/**
 * Decodes system_information of GBFS 1.0 to 3.1 by shape into exactly one row.
 * @param languages preferred translations of names; without them the system's own first language.
 * @throws UndecodableBody `not_a_feed` or `no_system_information`.
 */
export function decodeSystemInformation(
  document: unknown,
  languages: readonly string[] = [],
): Decoded<SystemInformation> {
  const { content, envelope } = readEnvelope(document);
  if (!TELLING_FIELDS.some((field) => content[field] !== undefined)) {
    throw new UndecodableBody(
      'no_system_information',
      `Cannot decode body: it has none of ${TELLING_FIELDS.join(', ')}`,
    );
  }
  return { rows: [readSystem(content, languages, envelope.coerced)], ...envelope };
}

function readSystem(system: JsonObject, languages: readonly string[], coerced: Tally): SystemInformation {
  const language = readLocalizedText(
    Array.isArray(system.languages) ? system.languages[0] : system.language,
    coerced,
  );
  const wanted = language === null ? languages : [...languages, language];
  const text = (value: unknown) => readLocalizedText(value, coerced, wanted);
  return {
    system_id: text(system.system_id),
    name: text(system.name),
    operator: text(system.operator),
    timezone: readTimezone(text(system.timezone), coerced),
    url: readWebUrl(text(system.url), coerced),
    license_url: readWebUrl(text(system.license_url), coerced) ?? spdxPage(system.license_id),
    language,
    opening_hours: text(system.opening_hours),
  };
}

function spdxPage(license_id: unknown): string | null {
  return typeof license_id === 'string' && /^[A-Za-z0-9.+-]{1,64}$/.test(license_id)
    ? `https://spdx.org/licenses/${license_id}.html`
    : null;
}
