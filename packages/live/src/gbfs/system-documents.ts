import type { GbfsSystem } from '../questions/gbfs/read-gbfs-system.ts';
import { type GbfsVersion, UNKNOWN_LANGUAGE } from './gbfs-version.ts';
import type { Publication } from './publication.ts';
import { known } from './station-documents.ts';

/** RFC 2606: a reserved name, so that nobody mistakes it for a real address. */
const NO_CONTACT = 'no-contact-set@velolog.invalid';

export type Publisher = {
  /** The URL of this server for its clients. */
  origin: string;
  contactEmail: string | undefined;
};

export function systemInformation(
  version: GbfsVersion,
  system: GbfsSystem,
  { origin, contactEmail }: Publisher,
): Pick<Publication, 'data' | 'origin'> {
  const { system_id, name, operator, timezone, url, license_url } = system;
  const isV3 = version.version === '3.0';
  const data = {
    system_id,
    ...(isV3 ? { languages: [UNKNOWN_LANGUAGE] } : { language: UNKNOWN_LANGUAGE }),
    name: version.text(name ?? system_id),
    ...(operator !== null && { operator: version.text(operator) }),
    ...known('url', uriOf(url)),
    // Hours are kept as documents in many shapes; OpenStreetMap's syntax can say "unknown".
    ...(isV3 && { opening_hours: '24/7 unknown', manifest_url: `${origin}/gbfs/manifest.json` }),
    feed_contact_email: contactEmail ?? NO_CONTACT,
    timezone: timezone ?? 'Etc/UTC',
    // In GBFS no licence means public domain, which nobody declared.
    license_url: uriOf(license_url) ?? `${origin}/gbfs/${encodeURIComponent(system_id)}/licence.txt`,
    ...(isV3 && {
      attribution_organization_name: version.text(operator ?? name ?? system_id),
      ...known('attribution_url', uriOf(url)),
    }),
  };
  return { data, origin: originOf(system) };
}

/** Feeds give addresses as a browser takes them, with spaces or umlauts; the schemas of GBFS ask for a URI (RFC 3986). */
function uriOf(url: string | null): string | null {
  const href = url === null ? undefined : URL.parse(url)?.href;
  return href?.replace(/[^\w\-.~:/?#[\]@!$&'()*+,;=%]|%(?![\da-fA-F]{2})/g, encodeURIComponent) ?? null;
}

function originOf({ system_id, operator, timezone }: GbfsSystem): string {
  const unknownZone = timezone === null ? ' Its time zone is not known: Etc/UTC stands for that.' : '';
  return `Recorded by Velolog from the GBFS feeds of ${operator ?? system_id} and published again: not the operator's own feed. last_reported is when Velolog last saw the values. Vehicle ids are new at each publication.${unknownZone}`;
}

/** The text behind `license_url` when the system names no licence. */
export function licenceNotice({ system_id }: GbfsSystem): string {
  return `The system ${JSON.stringify(system_id)} names no licence for its data. Ask its operator before you pass the data on or build on it.\n`;
}
