import { createRoute, type OpenAPIHono } from '@hono/zod-openapi';
import { history } from '../api/history.ts';
import { replay } from '../api/replay.ts';
import { vehicleReplay } from '../api/vehicle-replay.ts';
import type { Reader } from '../database/reader.ts';
import { DAY_MS } from '../database/window.ts';
import { expectSystem, unknownStation } from '../questions/expect-system.ts';
import { readGaps, readSteps } from '../questions/past/read-history.ts';
import { readHours } from '../questions/past/read-hours.ts';
import { readProfile, readStationOutages } from '../questions/past/read-outages.ts';
import { readReplay } from '../questions/past/read-replay.ts';
import { readVehicleReplay } from '../questions/past/read-vehicle-replay.ts';
import { readStations } from '../questions/read-stations.ts';
import { stationPath, stationQuery, systemPath } from './parameters.ts';
import { answers } from './route-answers.ts';
import { readWindow, windowQuery } from './window-query.ts';

const HISTORY_DAYS_MAX = 366;
const REPLAY_DAYS_MAX = 2;
const STEPS_DAYS_MAX = 31;

const historyRoute = createRoute({
  method: 'get',
  path: '/api/v1/systems/{system_id}/stations/{station_id}/history',
  summary:
    'History of one station in a time window: its values as steps, its outages, and the times without observation',
  description: `The window may be ${HISTORY_DAYS_MAX} days long. Beyond ${STEPS_DAYS_MAX} days \`hours\` take the place of \`steps\`.`,
  request: { params: stationPath, query: windowQuery },
  responses: answers('The history', history),
});

const anyHistoryRoute = createRoute({
  method: 'get',
  path: '/api/v1/systems/{system_id}/station/history',
  summary:
    'History of one station, with its id in the query: for ids such as `.` and `..`, which a path cannot contain',
  request: { params: systemPath, query: windowQuery.extend(stationQuery.shape) },
  responses: answers('The history', history),
});

const replayRoute = createRoute({
  method: 'get',
  path: '/api/v1/systems/{system_id}/replay',
  summary: 'All stations over a time window, for playback',
  description: `The window may be ${REPLAY_DAYS_MAX} days long. For a large system some changes are left out: see step_seconds.`,
  request: { params: systemPath, query: windowQuery },
  responses: answers('The start and the changes', replay),
});

const vehicleReplayRoute = createRoute({
  method: 'get',
  path: '/api/v1/systems/{system_id}/vehicles/replay',
  summary: 'All vehicles without a station over a time window, for playback',
  description: `The window may be ${REPLAY_DAYS_MAX} days long. Exact stays are kept for VEHICLE_STAY_DAYS.`,
  request: { params: systemPath, query: windowQuery },
  responses: answers('The stays that overlap the window', vehicleReplay),
});

export function addHistoryRoutes(app: OpenAPIHono, reader: Reader): void {
  app.openapi(historyRoute, async (context) => {
    const asked = reader.until(context.req.raw.signal);
    const { system_id, station_id } = context.req.valid('param');
    const answer = await readStationHistory(asked, system_id, station_id, context.req.valid('query'));
    return context.json(answer, 200);
  });
  app.openapi(anyHistoryRoute, async (context) => {
    const asked = reader.until(context.req.raw.signal);
    const { id, ...window } = context.req.valid('query');
    const answer = await readStationHistory(asked, context.req.valid('param').system_id, id, window);
    return context.json(answer, 200);
  });
  app.openapi(replayRoute, async (context) => {
    const asked = reader.until(context.req.raw.signal);
    const { system_id } = context.req.valid('param');
    const window = readWindow(context.req.valid('query'), { days: REPLAY_DAYS_MAX });
    const [replay, gaps] = await Promise.all([
      readReplay(asked, system_id, window),
      readGaps(asked, system_id, window),
    ]);
    if (replay.stations.length === 0) await expectSystem(asked, system_id);
    return context.json({ ...replay, gaps }, 200);
  });
  app.openapi(vehicleReplayRoute, async (context) => {
    const asked = reader.until(context.req.raw.signal);
    const { system_id } = context.req.valid('param');
    const window = readWindow(context.req.valid('query'), { days: REPLAY_DAYS_MAX });
    const [replay, gaps] = await Promise.all([
      readVehicleReplay(asked, system_id, window),
      readGaps(asked, system_id, window, 'vehicles'),
    ]);
    if (replay.stays.length === 0) await expectSystem(asked, system_id);
    return context.json({ ...replay, gaps }, 200);
  });
}

async function readStationHistory(
  reader: Reader,
  system_id: string,
  station_id: string,
  query: { from?: string | undefined; to?: string | undefined },
) {
  const window = readWindow(query, { days: HISTORY_DAYS_MAX });
  const isLong = window.to.getTime() - window.from.getTime() > STEPS_DAYS_MAX * DAY_MS;
  const [steps, hours, gaps, outages, profile, known] = await Promise.all([
    isLong ? [] : readSteps(reader, system_id, station_id, window),
    isLong ? readHours(reader, system_id, station_id, window) : null,
    readGaps(reader, system_id, window),
    readStationOutages(reader, system_id, station_id, window),
    readProfile(reader, system_id, station_id),
    readStations(reader, system_id, station_id),
  ]);
  if (steps.length === 0 && (hours?.first_at ?? null) === null && known.length === 0)
    throw await unknownStation(reader, system_id, station_id);
  const [from, to] = [window.from.toISOString(), window.to.toISOString()];
  return { system_id, station_id, from, to, steps, hours, gaps, outages, profile };
}
