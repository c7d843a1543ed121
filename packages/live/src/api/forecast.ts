import { z } from '@hono/zod-openapi';
import { instant } from './instant.ts';

const probability = z.number().min(0).max(1).nullable();

/** What a station is expected to offer: a row of api.station_forecast. */
const stationForecast = z
  .object({
    station_id: z.string(),
    p_bike: probability.openapi({ description: 'Probability of at least one bike' }),
    p_dock: probability.openapi({ description: 'Probability of at least one free dock' }),
    expected_bikes: z.number().nullable(),
    basis: z.enum(['logit', 'table', 'persistence']).nullable().openapi({
      description:
        'logit: the model; table: the share of past cases with the same count; persistence: the present state',
    }),
    basis_dock: z
      .enum(['logit', 'table', 'persistence'])
      .nullable()
      .openapi({ description: 'The same for p_dock; it may be another method' }),
    trained_at: instant.nullable(),
    observed_at: instant.nullable().openapi({ description: 'Time of the counts that the forecast uses' }),
    no_forecast_because: z.enum(['old', 'absent', 'closed', 'unknown', 'flagged']).nullable().openapi({
      description:
        'Why there is no forecast. old: not observed lately, or imported history; absent: not in the list; closed; unknown: no count; flagged: frozen, and leave_out_flagged is set',
    }),
  })
  .openapi('StationForecast');
export type StationForecast = z.infer<typeof stationForecast>;

export const forecast = z
  .object({
    system_id: z.string(),
    minutes: z.number().int(),
    skill: z.number().nullable().openapi({
      description:
        'How much lower the Brier score of the last 14 days is, for bikes, than that of persistence, as a share; null before any forecast came due',
    }),
    skill_damped: z
      .number()
      .nullable()
      .openapi({ description: 'The same, compared with damped persistence' }),
    stations: z.array(stationForecast),
  })
  .openapi('Forecast');
export type Forecast = z.infer<typeof forecast>;
