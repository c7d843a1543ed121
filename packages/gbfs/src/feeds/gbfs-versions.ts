import { type Decoded, UndecodableBody } from '../decoded.ts';
import { readEnvelope } from '../envelope.ts';
import { isJsonObject } from '../json-object.ts';
import { tally } from '../tally.ts';
import { readVersion } from '../values/version.ts';
import { parseWebUrl } from '../values/web-url.ts';

/** One version of a system's feeds, and the URL of its gbfs.json. */
export type GbfsVersion = { version: string; url: string };

/**
 * Decodes gbfs_versions, which has the same form from GBFS 1.1 to 3.1.
 * @param feedUrl the URL that the body came from, to resolve relative URLs; without it they are skipped.
 * @throws UndecodableBody `not_a_feed` or `no_version_list`.
 */
export function decodeGbfsVersions(document: unknown, feedUrl?: string): Decoded<GbfsVersion> {
  const { content, envelope } = readEnvelope(document);
  if (!Array.isArray(content.versions)) {
    throw new UndecodableBody('no_version_list', 'Cannot decode body: it has no list "versions"');
  }
  const rows: GbfsVersion[] = [];
  for (const listed of content.versions) {
    const entry = isJsonObject(listed) ? listed : undefined;
    const version = readVersion(entry?.version);
    const url = typeof entry?.url === 'string' ? parseWebUrl(entry.url, feedUrl) : undefined;
    if (entry === undefined) tally(envelope.skipped, 'not_an_object');
    else if (version === undefined) tally(envelope.skipped, 'version_missing');
    else if (url === undefined) tally(envelope.skipped, 'url_unusable');
    else rows.push({ version, url: url.href });
  }
  return { rows, ...envelope };
}
