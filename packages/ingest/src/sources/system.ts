import { type FeedKey, namesOf } from '@velolog/gbfs/feeds';
import { isSystemId, SYSTEM_ID_RULE } from '@velolog/gbfs/values/system-id';
import { z } from 'zod';

/** One system to record, as in systems.json. */
export type System = z.infer<typeof system>;

/** The feeds that can be recorded, under all names they have had. All are recorded unless a system chooses. */
const RECORDED: FeedKey[] = [
  'station_status',
  'station_information',
  'system_information',
  'vehicle_status',
  'vehicle_types',
  'system_regions',
  'system_alerts',
  'system_pricing_plans',
  'geofencing_zones',
];
const FEED_NAMES: readonly string[] = RECORDED.flatMap(namesOf);

const HTTP_TOKEN = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
// Printable Latin-1: the HTTP client would refuse anything else on every poll.
const HEADER_VALUE = /^[\x20-\x7e\xa0-\xff]*$/;
/** These belong to the connection or to conditional requests; setting them from outside would break both. */
const OWN_HEADERS = new Set([
  'accept-encoding',
  'connection',
  'content-length',
  'expect',
  'host',
  'if-modified-since',
  'if-none-match',
  'keep-alive',
  'te',
  'transfer-encoding',
  'upgrade',
]);

const headerName = z
  .string()
  .regex(HTTP_TOKEN, 'is no name of an HTTP header')
  .refine((name) => !OWN_HEADERS.has(name.toLowerCase()), 'is a header that ingest sets itself');

const httpUrl = z.string().superRefine((text, context) => {
  const url = URL.parse(text);
  if (url === null || !/^https?:$/.test(url.protocol)) {
    context.addIssue('expected an http or https URL');
  } else if (url.username !== '' || url.password !== '') {
    context.addIssue('must not contain a user name or password; put credentials into "headers"');
  }
});

/**
 * An access token, fetched with client credentials and sent as `Authorization: Bearer …` wherever the headers are sent.
 */
const oauth2 = z.strictObject({
  type: z.literal('oauth2'),
  token_url: httpUrl.refine((text) => !text.includes('?'), 'must not contain a query'),
  client_id: z.string().min(1),
  client_secret: z.string().regex(
    /^\$\{[A-Za-z_][A-Za-z0-9_]*\}$/,
    // biome-ignore lint/suspicious/noTemplateCurlyInString: as it is to be written
    'expected "${NAME}", and the secret in the environment as NAME, or in the file of NAME_FILE',
  ),
  scope: z.string().min(1).optional(),
  /** How the client authenticates: in the Authorization header, or in the form. */
  client_authentication: z.enum(['basic', 'body']).default('basic'),
});

export const system = z.strictObject({
  /** Key of everything recorded. It may differ from the system_id that the feed itself declares. */
  id: z.string().refine(isSystemId, SYSTEM_ID_RULE),
  discovery_url: httpUrl,
  /** Sent only to the origin of discovery_url and to those that its discovery document links. */
  headers: z
    .record(headerName, z.string().regex(HEADER_VALUE, 'holds characters a header cannot carry'))
    .default({}),
  authentication: oauth2.optional(),
  /**
   * Query parameters of its URLs that are never recorded or logged. Parameters that look like keys are hidden anyway.
   */
  secret_parameters: z.array(z.string().min(1)).optional(),
  /** Time between two polls of each live feed (station_status, vehicles), whatever its ttl; it may be shorter or longer. */
  interval_seconds: z.number().min(1).max(86_400).optional(),
  feeds: z
    .array(z.enum(FEED_NAMES))
    .min(1)
    .default([...FEED_NAMES]),
  /** Two letters of ISO 3166-1. For systems of the catalogue it is known. */
  country: z
    .string()
    .regex(/^[A-Za-z]{2}$/, 'expected the two letters of a country, such as NO')
    .transform((code) => code.toUpperCase())
    .optional(),
  /** Languages to prefer where a system of GBFS 1 or 2 offers several. */
  languages: z.array(z.string().min(1)).default([]),
});
