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

const settings = z.object({
  /** Of velolog_live if LIVE_DATABASE_URL is set, else of any role that reads. */
  READER_DATABASE_URL: z.url({
    protocol: /^postgres(ql)?$/,
    error:
      'must be a URL such as postgres://velolog_live:password@host:5432/velolog (or set LIVE_DATABASE_URL)',
  }),
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
  LIVE_CORS_ORIGINS: z
    .string()
    .default('')
    .transform((text) =>
      text
        .split(',')
        .map((origin) => origin.trim())
        .filter(Boolean),
    ),
  LIVE_GBFS_UNLICENSED: z.stringbool({ error: 'expected 1 or 0' }).default(false),
  LIVE_GBFS_CONTACT_EMAIL: z.email({ error: 'must be an e-mail address' }).optional(),
  /** Setting of the store: exact stays that are older are gone. */
  VEHICLE_STAY_DAYS: wholeNumber.min(0).default(30),
});

/** The settings of the live worker. `.env.example` explains each; only main.ts reads the environment. */
export const liveSettings = z.preprocess((env) => {
  const { LIVE_DATABASE_URL, ...others } = env as NodeJS.ProcessEnv;
  return LIVE_DATABASE_URL ? { ...others, READER_DATABASE_URL: LIVE_DATABASE_URL } : others;
}, settings);

export type LiveSettings = z.infer<typeof settings>;

/** The settings that are passed to the page. */
export function pageConfigOf(settings: LiveSettings): PageConfig {
  return {
    tiles_url: settings.LIVE_TILES_URL ?? null,
    tiles_attribution: settings.LIVE_TILES_ATTRIBUTION,
  };
}
