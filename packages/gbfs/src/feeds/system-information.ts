import { type Decoded, UndecodableBody } from '../decoded.ts';
import { readEnvelope } from '../envelope.ts';
import type { JsonObject } from '../json-object.ts';
import type { Tally } from '../tally.ts';
import { readLocalizedText } from '../values/localized-text.ts';
import { readTimezone } from '../values/timezone.ts';
import { readWebUrl } from '../values/web-url.ts';

export type SystemInformation = {
  /** As the publisher says; it may be blank or change, so it is not a key of ours. */
  system_id: string | null;
  name: string | null;
  operator: string | null;
  timezone: string | null;
  url: string | null;
  /** From 3.0 on a feed under a known licence gives only `license_id`; then this is the page of that id at spdx.org. */
  license_url: string | null;
  /** From 3.0 on the first of `languages`. */
  language: string | null;
  /** From 3.0 on, as OpenStreetMap writes hours; before, system_hours and system_calendar have them. */
  opening_hours: string | null;
};

/** One of these makes an object a system_information; a system of one of them alone is poor but usable. */
const TELLING_FIELDS = ['system_id', 'name', 'timezone'];

/**
 * Decodes system_information of GBFS 1.0 to 3.1 by shape into exactly one row.
 * @param languages which translation of names to take; without them the system's own first language.
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
