import { z } from '@hono/zod-openapi';
import { gap } from './history.ts';
import { instant } from './instant.ts';
import { count, stationState } from './station-state.ts';

const stateNumber = z.number().int().min(0);

/**
 * What a time slider needs of a whole system, as small as JSON allows: start with `start`, and apply `changes`, which
 * are in order of time, up to the moment wanted.
 */
export const replay = z
  .object({
    system_id: z.string(),
    from: instant,
    to: instant,
    step_seconds: z.number().int().openapi({
      description: '0: every change. Else the last change of each station in each step of so many seconds',
    }),
    stations: z
      .array(z.string())
      .openapi({ description: 'station_id; what follows counts from 0 in this list' }),
    states: z.array(stationState).openapi({ description: 'What the numbers of states below stand for' }),
    start: z.array(z.tuple([count, count, stateNumber]).nullable()).openapi({
      description: '[bikes, docks, state] of each station at `from`; null: not yet listed then',
    }),
    changes: z
      .array(z.tuple([z.number().int(), z.number().int(), count, count, stateNumber]))
      .openapi({ description: '[seconds since `from`, station, bikes, docks, state]' }),
    gaps: z.array(gap).openapi({
      description: 'Nobody looked between these times: what held before may have been otherwise',
    }),
  })
  .openapi('Replay');
export type Replay = z.infer<typeof replay>;
