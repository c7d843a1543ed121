import { z } from '@hono/zod-openapi';
import { gap } from './history.ts';
import { instant } from './instant.ts';
import { count, stationState } from './station-state.ts';

const stateNumber = z.number().int().min(0);

/**
 * What a time slider needs of a whole system, as small as JSON allows: begin with `start`, and apply `changes`, which
 * are in order of time, up to the wanted moment.
 */
export const replay = z
  .object({
    system_id: z.string(),
    from: instant,
    to: instant,
    step_seconds: z.number().int().openapi({
      description:
        '0: all changes are listed. Else the length of a step in seconds; of each step, only the last change of each station is listed',
    }),
    stations: z.array(z.string()).openapi({
      description:
        'The station_id of each station. The fields below refer to stations by their position in this list, from 0',
    }),
    states: z.array(stationState).openapi({
      description: 'The states. The fields below refer to them by their position in this list, from 0',
    }),
    start: z.array(z.tuple([count, count, stateNumber]).nullable()).openapi({
      description: '[bikes, docks, state] of each station at `from`; null: the station was not listed yet',
    }),
    changes: z
      .array(z.tuple([z.number().int(), z.number().int(), count, count, stateNumber]))
      .openapi({ description: '[seconds since `from`, station, bikes, docks, state]' }),
    gaps: z.array(gap).openapi({
      description: 'Times in which the system was not observed. Values may have changed in between',
    }),
  })
  .openapi('Replay');
export type Replay = z.infer<typeof replay>;
