import { z } from 'zod';
import { FEED_NAMES, type FeedName } from '../documents/gbfs-documents.ts';

const aim = {
  /** Applies only to this feed; without it, to every feed of the system. */
  feed: z.enum(FEED_NAMES).optional(),
  /** How many answers it affects before it ends; without it, it lasts until it is removed. */
  times: z.int().positive().optional(),
};
const milliseconds = z.int().min(0).max(3_600_000);
const rows = z.int().positive();

/** Transport faults: the HTTP answer is wrong, late or missing. */
const transportFault = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('too_many_requests'),
    retry_after_seconds: z.int().min(0).default(30),
    /** The format of Retry-After; HTTP allows both. */
    written_as: z.enum(['seconds', 'date']).default('seconds'),
    ...aim,
  }),
  z.strictObject({ kind: z.literal('error'), status: z.int().min(400).max(599).default(500), ...aim }),
  /** Waits before the headers, then spreads the body evenly over `body_ms`. */
  z.strictObject({
    kind: z.literal('slow'),
    headers_ms: milliseconds.default(5000),
    body_ms: milliseconds.default(0),
    ...aim,
  }),
  /** Never finishes: sends no headers, only headers, or half of the body. */
  z.strictObject({
    kind: z.literal('hang'),
    after: z.enum(['nothing', 'headers', 'half_body']).default('nothing'),
    ...aim,
  }),
  /** Sends half of the body, then breaks the connection or ends as if the answer were complete. */
  z.strictObject({
    kind: z.literal('cut_body'),
    ending: z.enum(['connection_lost', 'clean']).default('connection_lost'),
    ...aim,
  }),
  z.strictObject({ kind: z.literal('empty_body'), ...aim }),
  z.strictObject({ kind: z.literal('html'), ...aim }),
  /** Sends the true document padded with white space, so only its size is wrong. It is small on the wire when gzipped. */
  z.strictObject({
    kind: z.literal('too_large_body'),
    bytes: z
      .int()
      .positive()
      .max(2 ** 30)
      .default(32 * 1024 * 1024 + 1),
    ...aim,
  }),
]);

/** Content faults: a correct HTTP answer with wrong content. Several can apply together. */
const contentFault = z.discriminatedUnion('kind', [
  /** Corrupts the first rows of the list, each in a different way, and repeats one row. */
  z.strictObject({ kind: z.literal('invalid_rows'), rows: rows.default(5), ...aim }),
  /** Leaves out the first rows of the list. */
  z.strictObject({ kind: z.literal('vanished_stations'), rows: rows.default(5), ...aim }),
  z.strictObject({ kind: z.literal('empty_list'), ...aim }),
  /** Adds seconds to last_updated and last_reported; negative for a slow clock. */
  z.strictObject({ kind: z.literal('clock_skew'), seconds: z.int().default(3600), ...aim }),
]);

export const fault = z.discriminatedUnion('kind', [...transportFault.options, ...contentFault.options]);
export type TransportFault = z.infer<typeof transportFault>;
export type ContentFault = z.infer<typeof contentFault>;
export type Fault = z.infer<typeof fault>;
/** A fault as requested; values with a default may be left out. */
export type FaultInput = z.input<typeof fault>;

/** Body of POST /control/faults. The list replaces the system's faults; an empty list ends them all. */
export const faultOrder = z.strictObject({ system_id: z.string().min(1), faults: z.array(fault).max(20) });

/** The active faults by system. `*` applies to every system that has no faults of its own. */
export class FaultBoard {
  readonly #bySystem = new Map<string, Fault[]>();

  set(systemId: string, faults: readonly FaultInput[]): void {
    this.#bySystem.delete(systemId);
    if (faults.length > 0) this.#bySystem.set(systemId, z.array(fault).parse(faults));
  }

  clear(): void {
    this.#bySystem.clear();
  }

  active(): Record<string, Fault[]> {
    return Object.fromEntries(this.#bySystem);
  }

  /** Takes the faults for the next answer: the first transport fault and all content faults. Counts down `times`. */
  take(systemId: string, feed: FeedName): { transport: TransportFault | null; content: ContentFault[] } {
    const key = this.#bySystem.has(systemId) ? systemId : '*';
    const meant = (this.#bySystem.get(key) ?? []).filter(
      (one) => one.feed === undefined || one.feed === feed,
    );
    const transport = meant.find(isTransportFault) ?? null;
    const content = meant.filter((one) => !isTransportFault(one)) as ContentFault[];
    for (const used of transport ? [transport, ...content] : content) this.#countDown(key, used);
    return { transport, content };
  }

  #countDown(key: string, used: Fault): void {
    if (used.times === undefined) return;
    used.times--;
    if (used.times > 0) return;
    const left = (this.#bySystem.get(key) ?? []).filter((one) => one !== used);
    if (left.length > 0) this.#bySystem.set(key, left);
    else this.#bySystem.delete(key);
  }
}

const CONTENT_KINDS: readonly string[] = contentFault.options.map((option) => option.shape.kind.value);

function isTransportFault(one: Fault): one is TransportFault {
  return !CONTENT_KINDS.includes(one.kind);
}
