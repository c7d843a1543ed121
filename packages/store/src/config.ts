import { kafkaSettings } from '@velolog/stream/kafka/kafka-settings';
import { z } from 'zod';

const wholeNumber = z.coerce.number().int();

/** A century: what lies before the year 1 is no time that can be told to PostgreSQL as we write times. */
const DAYS_MAX = 36_500;

/** The settings of the store worker. `.env.example` explains each; only main.ts reads the environment. */
export const storeSettings = kafkaSettings.and(
  z.object({
    DATABASE_URL: z.url({
      protocol: /^postgres(ql)?$/,
      error: 'must be a URL such as postgres://user:password@host:5432/velolog',
    }),
    READER_PASSWORD: z.string().optional(),
    GRAFANA_READER_PASSWORD: z.string().optional(),
    LIVE_READER_PASSWORD: z.string().optional(),
    KAFKA_GROUP_ID: z.string().default('velolog-store'),
    KAFKA_SESSION_TIMEOUT_SECONDS: wholeNumber.min(1).max(300).default(30),
    HOST: z.string().default('127.0.0.1'),
    STORE_PORT: wholeNumber.min(0).max(65_535).default(0),
    RETENTION_DAYS: wholeNumber.min(1).max(DAYS_MAX).optional(),
    LAKE_DIR: z.string().optional(),
    LAKE_CATALOG_URI: z.string().optional(),
    LAKE_WAREHOUSE: z.string().optional(),
    VEHICLE_STAY_DAYS: wholeNumber.min(0).max(DAYS_MAX).default(30),
    CHANGES_TOPIC: z.stringbool({ error: 'expected 1 or 0' }).default(false),
    STALL_SECONDS: wholeNumber.min(10).default(120),
  }),
);

export type StoreSettings = z.infer<typeof storeSettings>;
