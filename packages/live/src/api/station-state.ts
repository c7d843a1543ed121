import { z } from '@hono/zod-openapi';

/** What a rider finds at a station; see sql/migrations (velolog.station_state_of) for which comes of what. */
export const stationState = z.enum(['ok', 'empty', 'full', 'closed', 'absent', 'unknown']);
export type StationStateName = z.infer<typeof stationState>;

/** A count as the feed gave it. null: not known, which is never 0. */
export const count = z.number().int().nullable();
