import { z } from 'zod';

const wholeNumber = z.coerce.number().int();

/** The settings of the lake worker. `.env.example` says what each means; main.ts alone reads the environment. */
export const lakeSettings = z.object({
  DATABASE_URL: z.url({
    protocol: /^postgres(ql)?$/,
    error: 'must be a URL such as postgres://user:password@host:5432/velolog',
  }),
  LAKE_DIR: z
    .string({ error: 'must name the folder of the lake' })
    .min(1, 'must name the folder of the lake'),
  HOST: z.string().default('127.0.0.1'),
  LAKE_PORT: wholeNumber.min(0).max(65_535).default(0),
  LAKE_INTERVAL_SECONDS: wholeNumber.min(1).default(3600),
});

export type LakeSettings = z.infer<typeof lakeSettings>;
