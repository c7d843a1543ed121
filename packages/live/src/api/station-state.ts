import { z } from '@hono/zod-openapi';

/** What a rider finds at a station. velolog.station_state_of in sql/migrations defines the states. */
export const stationState = z.enum(['ok', 'empty', 'full', 'closed', 'absent', 'unknown']);
export type StationStateName = z.infer<typeof stationState>;

/** A count as the feed gave it. Null means unknown, which is never 0. */
export const count = z.number().int().nullable();
