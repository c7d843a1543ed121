import { type KafkaSettings, kafkaSettings } from '@velolog/stream/kafka/client';
import { readSettings } from '@velolog/worker/settings';
import { z } from 'zod';
import type { FetchSettings } from './fetch/fetch-feed.ts';
import type { PublishSettings } from './publish/publish.ts';
import type { HostLimitSettings } from './schedule/host-limits.ts';
import type { IntervalSettings } from './schedule/interval.ts';
import type { HealSettings } from './sources/heal-systems.ts';
import { parseShard, type Shard } from './sources/shard.ts';
import type { GroupSettings } from './sources/share/membership.ts';
import { DEFAULT_GROUP } from './sources/topic.ts';

export type Config = {
  systemsFile: string;
  /** Null when this worker polls all systems. */
  shard: Shard | null;
  groupId: string;
  heal: HealSettings;
  /** Ignored by a worker with a shard: it does not join the group. */
  group: GroupSettings;
  host: string;
  port: number;
  kafka: KafkaSettings;
  interval: IntervalSettings;
  limits: HostLimitSettings;
  fetch: FetchSettings;
  publish: PublishSettings;
  contactGiven: boolean;
};

/** MobilityData's list of all systems that publish GBFS. */
export const CATALOGUE_URL = 'https://raw.githubusercontent.com/MobilityData/gbfs/master/systems.csv';

const MEBIBYTE = 1024 * 1024;
const seconds = z.coerce.number().positive().max(86_400);
const bytes = z.coerce.number().int().min(1024);

const environment = z
  .object({
    SYSTEMS_FILE: z.string().default('systems.json'),
    INGEST_SHARD: z
      .string()
      .refine(
        (text) => parseShard(text) !== undefined,
        'expected the number of this worker and the number of workers, such as 2/5',
      )
      .optional(),
    INGEST_GROUP_ID: z.string().min(1).default(DEFAULT_GROUP),
    INGEST_SESSION_SECONDS: z.coerce.number().min(1).max(300).default(10),
    CATALOGUE_URL: z
      .url({ protocol: /^https?$/, error: 'expected an http or https URL' })
      .default(CATALOGUE_URL),
    HEAL_AFTER_HOURS: z.coerce.number().positive().max(8760).default(6),
    HOST: z.string().default('127.0.0.1'),
    INGEST_PORT: z.coerce.number().int().min(0).max(65_535).default(0),
    ALLOW_PRIVATE_FEEDS: z.stringbool({ error: 'expected 1 or 0' }).default(false),
    POLL_FLOOR_SECONDS: seconds.default(10),
    STATIC_INTERVAL_SECONDS: seconds.default(3600),
    HOST_REQUESTS_AT_ONCE_MAX: z.coerce.number().int().min(1).max(1000).default(2),
    HOST_REQUESTS_PER_SECOND_MAX: z.coerce.number().positive().max(100_000).default(2),
    USER_AGENT_CONTACT: z
      .string()
      .regex(/^[\x20-\x7e]+$/, 'expected plain ASCII, a URL or an e-mail address')
      .regex(/^[^()\\]*$/, 'must not contain parentheses or backslashes')
      .optional(),
    MAX_BODY_BYTES: bytes.default(32 * MEBIBYTE),
    CONNECT_TIMEOUT_SECONDS: seconds.default(10),
    HEADERS_TIMEOUT_SECONDS: seconds.default(20),
    BODY_TIMEOUT_SECONDS: seconds.default(30),
    BUFFER_BYTES_MAX: bytes.default(64 * MEBIBYTE),
  })
  .refine((env) => env.BUFFER_BYTES_MAX >= 2 * env.MAX_BODY_BYTES, {
    path: ['BUFFER_BYTES_MAX'],
    message: 'must be at least twice MAX_BODY_BYTES',
  });

/** How requests are sent: all that a command needs to ask a publisher itself. */
export type RequestConfig = Pick<Config, 'fetch' | 'limits'>;

/** @throws InvalidSettings naming every variable that is wrong */
export function readRequestConfig(env: NodeJS.ProcessEnv, version: string): RequestConfig {
  return requestConfig(readSettings(environment, env), version);
}

/** @throws InvalidSettings naming every variable that is wrong */
export function readConfig(env: NodeJS.ProcessEnv, version: string): Config {
  const own = readSettings(kafkaSettings.and(environment), env);
  return {
    systemsFile: own.SYSTEMS_FILE,
    shard: parseShard(own.INGEST_SHARD ?? '') ?? null,
    groupId: own.INGEST_GROUP_ID,
    group: { groupId: own.INGEST_GROUP_ID, sessionMs: Math.round(own.INGEST_SESSION_SECONDS * 1000) },
    heal: { catalogueUrl: own.CATALOGUE_URL, healAfterMs: own.HEAL_AFTER_HOURS * 3_600_000 },
    host: own.HOST,
    port: own.INGEST_PORT,
    kafka: own,
    interval: { floorSeconds: own.POLL_FLOOR_SECONDS, staticSeconds: own.STATIC_INTERVAL_SECONDS },
    ...requestConfig(own, version),
    publish: { bufferBytesMax: own.BUFFER_BYTES_MAX },
    contactGiven: own.USER_AGENT_CONTACT !== undefined,
  };
}

function requestConfig(own: z.infer<typeof environment>, version: string): RequestConfig {
  return {
    limits: {
      requestsAtOnceMax: own.HOST_REQUESTS_AT_ONCE_MAX,
      requestsPerSecondMax: own.HOST_REQUESTS_PER_SECOND_MAX,
    },
    fetch: {
      userAgent: userAgent(version, own.USER_AGENT_CONTACT),
      allowPrivateAddresses: own.ALLOW_PRIVATE_FEEDS,
      bodyBytesMax: own.MAX_BODY_BYTES,
      connectTimeoutMs: own.CONNECT_TIMEOUT_SECONDS * 1000,
      headersTimeoutMs: own.HEADERS_TIMEOUT_SECONDS * 1000,
      bodyTimeoutMs: own.BODY_TIMEOUT_SECONDS * 1000,
    },
  };
}

/** `velolog/0.1.0 (+https://example.org/contact)` */
function userAgent(version: string, contact: string | undefined): string {
  return contact === undefined ? `velolog/${version}` : `velolog/${version} (+${contact})`;
}
