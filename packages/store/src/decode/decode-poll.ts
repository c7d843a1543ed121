import { parseBody } from '@velolog/gbfs/body';
import type { UndecodableReason } from '@velolog/gbfs/codes';
import { type Decoded, UndecodableBody } from '@velolog/gbfs/decoded';
import { checkFeed } from '@velolog/gbfs/feed-check';
import { FEEDS, type FeedKey, feedNamed } from '@velolog/gbfs/feeds';
import { decodeStationInformation, type StationInformation } from '@velolog/gbfs/feeds/station-information';
import { decodeStationStatus, type StationStatus } from '@velolog/gbfs/feeds/station-status';
import { decodeSystemInformation, type SystemInformation } from '@velolog/gbfs/feeds/system-information';
import { decodeVehicleStatus, type VehicleStatus } from '@velolog/gbfs/feeds/vehicle-status';
import type { Tally } from '@velolog/gbfs/tally';
import type { InvalidRecordCode } from '@velolog/stream/codes';
import { InvalidPollRecord } from '@velolog/stream/invalid-poll-record';
import type { KafkaMessage } from '@velolog/stream/kafka/kafka-types';
import type { PollRecord } from '@velolog/stream/poll-record';
import { decodePoll, readPollId } from '@velolog/stream/read-poll-record';
import type { NotStoredCode } from '../codes.ts';

/** What the headers of a record of velolog.polls say. */
export type PollHeaders = {
  poll: PollRecord;
  /** Its `ce_id`, by which later polls refer to its body. */
  id: string;
  /** Epoch milliseconds of the fetch. */
  at: number;
};

/** One decoded record. `content` is null when it has no body, or no readable one. */
export type DecodedPoll = PollHeaders & {
  content: PollContent | null;
  /** Why the body belongs in the dead letters, if it does. */
  reason: UndecodableReason | null;
};

export type PollContent =
  | { feed: 'station_status'; decoded: Decoded<StationStatus> }
  | { feed: 'station_information'; decoded: Decoded<StationInformation> }
  | { feed: 'system_information'; decoded: Decoded<SystemInformation> }
  | { feed: 'vehicle_status'; decoded: Decoded<VehicleStatus> }
  /** Kept by version, in decoded form. */
  | { feed: 'document'; key: DocumentKey; decoded: Decoded<unknown> }
  | { feed: 'other'; decoded: null };

const DOCUMENTS = [
  'vehicle_types',
  'system_regions',
  'system_alerts',
  'system_pricing_plans',
  'geofencing_zones',
  'system_hours',
  'system_calendar',
] as const satisfies FeedKey[];
type DocumentKey = (typeof DOCUMENTS)[number];

type UnreadableCode = InvalidRecordCode | NotStoredCode;

/** The record contains nothing that can be stored, not even which system it is about. */
export class UnreadableRecord extends Error {
  override name = 'UnreadableRecord';
  readonly reason: UnreadableCode;

  constructor(reason: UnreadableCode, options?: ErrorOptions) {
    super(`Cannot read record: ${reason}`, options);
    this.reason = reason;
  }
}

/**
 * A fetch time that is later than the broker's own timestamp by more than a clock error is refused: it would make every
 * correct record after it "older than the newest".
 */
const CLOCK_ERROR_MS = 5 * 60_000;

/** Before GBFS's first version nobody published it. */
const EARLIEST_MS = Date.UTC(2014, 0, 1);

/** @throws UnreadableRecord when the headers are not those of a poll record, or its time cannot be true */
export function readPollHeaders(message: KafkaMessage): PollHeaders {
  const poll = decodeHeaders(message);
  const at = poll.fetched_at.getTime();
  if (at > Number(message.timestamp) + CLOCK_ERROR_MS) throw new UnreadableRecord('fetched_in_future');
  if (at < EARLIEST_MS) throw new UnreadableRecord('fetched_before_gbfs');
  return { poll, id: readPollId(message, poll), at };
}

/** Decoded bodies take several times the memory of the record, so each is decoded when its turn comes. */
export function decodePollBody(headers: PollHeaders): DecodedPoll {
  const { poll, id, at } = headers;
  if (poll.outcome !== 'fetched') return { poll, id, at, content: null, reason: null };
  try {
    return { poll, id, at, content: readContent(poll), reason: null };
  } catch (error) {
    if (!(error instanceof UndecodableBody)) throw error;
    return { poll, id, at, content: null, reason: error.reason };
  }
}

function decodeHeaders(message: KafkaMessage): PollRecord {
  try {
    return decodePoll(message);
  } catch (cause) {
    if (!(cause instanceof InvalidPollRecord)) throw cause;
    throw new UnreadableRecord(cause.reason, { cause });
  }
}

function readContent({ feed, body, content_type }: PollRecord): PollContent {
  const repaired: Tally = {};
  const document = parseBody(body, { contentType: content_type, coerced: repaired });
  const content = decodeDocument(feed, document);
  if (content.decoded !== null) Object.assign(content.decoded.coerced, repaired);
  return content;
}

function decodeDocument(name: string, document: unknown): PollContent {
  const feed = feedNamed(name);
  switch (feed) {
    case FEEDS.station_status:
      return { feed: 'station_status', decoded: decodeStationStatus(document) };
    case FEEDS.station_information:
      return { feed: 'station_information', decoded: decodeStationInformation(document) };
    case FEEDS.system_information:
      return { feed: 'system_information', decoded: decodeSystemInformation(document) };
    case FEEDS.vehicle_status:
      return { feed: 'vehicle_status', decoded: decodeVehicleStatus(document) };
  }
  const key = DOCUMENTS.find((one) => FEEDS[one] === feed);
  if (key !== undefined) return { feed: 'document', key, decoded: FEEDS[key].decode(document) };
  checkFeed(name, document);
  return { feed: 'other', decoded: null };
}
