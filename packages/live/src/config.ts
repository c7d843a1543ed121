import { z } from 'zod';
import type { PageConfig } from './api/page-config.ts';

const wholeNumber = z.coerce.number().int();

const TILES_URL_ERROR =
  'must be a URL such as https://tiles.example.org/{z}/{x}/{y}.png or one of a .pmtiles file, of one host';

/** The page's policy allows one host, while `{s}` in the host would stand for several. */
function namesTiles(url: string): boolean {
  if (/^https?:\/\/[^/]*[{}]/.test(url)) return false;
  return /\.pmtiles($|[?#])/.test(url) || ['{z}', '{x}', '{y}'].every((part) => url.includes(part));
}

const DATABASE_URL = 'must be a URL such as postgres://velolog_live:password@host:5432/velolog';
const databaseUrl = (error: string) => z.url({ protocol: /^postgres(ql)?$/, error });

/** As a browser writes it in the header Origin: without a path, in lower case. Undefined if it is none. */
function originOf(text: string): string | undefined {
  if (text === '*') return text;
  const [origin] = /^[a-z][a-z\d+.-]*:\/\/[^\s/?#@]+(?=\/?$)/.exec(text.toLowerCase()) ?? [];
  // Without the port that goes without saying; an app's own scheme has no origin that URL knows.
  return origin && (/^https?:/.test(origin) ? URL.parse(origin)?.origin : origin);
}

const origins = z
  .string()
  .default('')
  .transform((text) =>
    text
      .split(',')
      .map((origin) => origin.trim())
      .filter(Boolean),
  )
  .refine(
    (given) => given.every(originOf),
    'must be origins such as https://maps.example.org, separated by commas, or *',
  )
  .transform((given) => given.map((origin) => originOf(origin) as string));

const settings = z.object({
  LIVE_DATABASE_URL: databaseUrl(DATABASE_URL).optional(),
  READER_DATABASE_URL: databaseUrl(`${DATABASE_URL} (or set LIVE_DATABASE_URL)`),
  HOST: z.string().default('127.0.0.1'),
  LIVE_PORT: wholeNumber.min(0).max(65_535).default(0),
  LIVE_URL: z
    .url({ protocol: /^https?$/, error: 'must be a URL such as https://bikes.example.org' })
    .optional(),
  LIVE_EVENT_CLIENTS_MAX: wholeNumber.min(1).max(100_000).default(1_000),
  LIVE_TILES_URL: z
    .url({ protocol: /^https?$/, error: TILES_URL_ERROR })
    .refine(namesTiles, TILES_URL_ERROR)
    .optional(),
  LIVE_TILES_ATTRIBUTION: z.string().default(''),
  LIVE_CORS_ORIGINS: origins,
  LIVE_GBFS_UNLICENSED: z.stringbool({ error: 'expected 1 or 0' }).default(false),
  LIVE_GBFS_CONTACT_EMAIL: z.email({ error: 'must be an e-mail address' }).optional(),
  /** Setting of the store: exact stays that are older are gone. */
  VEHICLE_STAY_DAYS: wholeNumber.min(0).max(36_500).default(30),
});

/** The settings of the live worker. `.env.example` explains each; only main.ts reads the environment. */
export const liveSettings = z
  .preprocess((env) => {
    const { LIVE_DATABASE_URL, READER_DATABASE_URL = LIVE_DATABASE_URL } = env as NodeJS.ProcessEnv;
    return { ...(env as NodeJS.ProcessEnv), READER_DATABASE_URL };
  }, settings)
  // Of velolog_live if it is given, else of any role that reads.
  .transform(({ LIVE_DATABASE_URL, READER_DATABASE_URL, ...others }) => ({
    ...others,
    READER_DATABASE_URL: LIVE_DATABASE_URL ?? READER_DATABASE_URL,
  }));

export type LiveSettings = z.infer<typeof liveSettings>;

/** The settings that are passed to the page. */
export function pageConfigOf(settings: LiveSettings): PageConfig {
  return {
    tiles_url: settings.LIVE_TILES_URL ?? null,
    tiles_attribution: settings.LIVE_TILES_ATTRIBUTION,
  };
}
