import { createRoute, type OpenAPIHono } from '@hono/zod-openapi';
import { forecast } from '../api/forecast.ts';
import type { Reader } from '../database/reader.ts';
import { expectSystem, unknownStation } from '../questions/expect-system.ts';
import { readForecast } from '../questions/read-forecast.ts';
import { flaggedQuery, stationQuery, systemPath, wholeNumber } from './parameters.ts';
import { answers } from './route-answers.ts';

/** The same range as in api.forecast_minutes. */
const MINUTES_MIN = 10;
const MINUTES_MAX = 90;

const query = flaggedQuery.extend({
  minutes: wholeNumber({ min: MINUTES_MIN, max: MINUTES_MAX, byDefault: 20 }, 'How far ahead'),
  station_id: stationQuery.shape.id
    .optional()
    .openapi({ param: { name: 'station_id', in: 'query' }, description: 'Only this station' }),
});

const forecastRoute = createRoute({
  method: 'get',
  path: '/api/v1/systems/{system_id}/forecast',
  summary:
    'Will there be a bike, or a free dock? Probabilities for each station, their basis, and how good they were lately',
  request: { params: systemPath, query },
  responses: answers('The forecasts, in order of station_id', forecast),
});

export function addForecastRoutes(app: OpenAPIHono, reader: Reader): void {
  app.openapi(forecastRoute, async (context) => {
    const asked = reader.until(context.req.raw.signal);
    const { system_id } = context.req.valid('param');
    const { minutes, station_id, leave_out_flagged } = context.req.valid('query');
    const answer = await readForecast(asked, {
      systemId: system_id,
      minutes,
      stationId: station_id ?? null,
      leaveOutFlagged: leave_out_flagged === 'true',
    });
    if (answer.stations.length === 0) {
      if (station_id !== undefined) throw await unknownStation(asked, system_id, station_id);
      await expectSystem(asked, system_id);
    }
    context.header('cache-control', 'public, max-age=10');
    return context.json(answer, 200);
  });
}
