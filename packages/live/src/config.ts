import { z } from 'zod';

const wholeNumber = z.coerce.number().int();

/** The settings of the live worker. `.env.example` says what each means; main.ts alone reads the environment. */
export const liveSettings = z.object({
  READER_DATABASE_URL: z.url({
    protocol: /^postgres(ql)?$/,
    error: 'must be a URL such as postgres://velolog_reader:password@host:5432/velolog',
  }),
  HOST: z.string().default('127.0.0.1'),
  LIVE_PORT: wholeNumber.min(0).max(65_535).default(0),
  LIVE_EVENT_CLIENTS_MAX: wholeNumber.min(1).max(100_000).default(1_000),
  LIVE_TILES_URL: z
    .url({ protocol: /^https?$/, error: 'must be a URL such as https://tiles.example.org/{z}/{x}/{y}.png' })
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
});

export type LiveSettings = z.infer<typeof liveSettings>;
