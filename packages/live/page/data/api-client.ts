import type { Changes } from '../../src/api/change.ts';
import type { Alerts, Documents, Zones } from '../../src/api/document.ts';
import type { Forecast } from '../../src/api/forecast.ts';
import type { History } from '../../src/api/history.ts';
import type { PageConfig } from '../../src/api/page-config.ts';
import type {
  NearestStations,
  NearestVehicles,
  PlacedStations,
  PlacedVehicles,
} from '../../src/api/place.ts';
import type { Quality } from '../../src/api/quality.ts';
import type { Replay } from '../../src/api/replay.ts';
import type { StationDetail, Stations } from '../../src/api/station.ts';
import type { SystemDetail, Systems } from '../../src/api/system.ts';
import type { Vehicles } from '../../src/api/vehicle.ts';
import type { VehicleReplay } from '../../src/api/vehicle-replay.ts';
import { towns } from '../bundled-files.ts';
import type { Town } from '../model/world/search-world.ts';

/** The server answered, but not with the requested data; `detail` is its own sentence for people. */
export class ApiProblem extends Error {
  readonly status: number;
  /** How long the server asks to wait before the next try. */
  readonly retryAfterSeconds: number | null;

  constructor(status: number, detail: string, retryAfterSeconds: number | null) {
    super(detail);
    this.name = 'ApiProblem';
    this.status = status;
    this.retryAfterSeconds = retryAfterSeconds;
  }
}

/**
 * Milliseconds to add to this machine's clock to get the server's, according to the last answer; a clock may be minutes
 * off.
 */
let clockOffsetMs = 0;

export function serverNowMs(): number {
  return Date.now() + clockOffsetMs;
}

export const eventsUrl = (system: string, after: string) =>
  `${systemPath(system)}/events?${query({ after })}`;

export const getPageConfig = (signal: AbortSignal) => get<PageConfig>('/config.json', signal);

export const getSystems = (signal: AbortSignal) => get<Systems>('/api/v1/systems', signal);

export const getSystem = (system: string, signal: AbortSignal) =>
  get<SystemDetail>(systemPath(system), signal);

export const getStations = (system: string, signal: AbortSignal) =>
  get<Stations>(`${systemPath(system)}/stations`, signal);

export const getStation = (system: string, station: string, signal: AbortSignal) =>
  get<StationDetail>(stationPath(system, station, '', {}), signal);

export const getChanges = (system: string, from: Date, limit: number, signal: AbortSignal) =>
  get<Changes>(
    `${systemPath(system)}/changes?${query({ from: from.toISOString(), limit: `${limit}` })}`,
    signal,
  );

export const getHistory = (system: string, station: string, from: Date, to: Date, signal: AbortSignal) =>
  get<History>(stationPath(system, station, '/history', windowOf(from, to)), signal);

/** @param station null for the whole system */
export const getForecast = (system: string, station: string | null, minutes: number, signal: AbortSignal) =>
  get<Forecast>(
    `${systemPath(system)}/forecast?${query({ minutes: `${minutes}`, ...(station === null ? {} : { station_id: station }) })}`,
    signal,
  );

export const getQuality = (system: string, signal: AbortSignal) =>
  get<Quality>(`${systemPath(system)}/quality?${query({ days: '1' })}`, signal);

export const getReplay = (system: string, from: Date, to: Date, signal: AbortSignal) =>
  get<Replay>(`${systemPath(system)}/replay?${query(windowOf(from, to))}`, signal);

export const getVehicles = (system: string, signal: AbortSignal) =>
  get<Vehicles>(`${systemPath(system)}/vehicles`, signal);

/** @param bbox west,south,east,north */
export const getPlacedStations = (bbox: string, limit: number, signal: AbortSignal) =>
  get<PlacedStations>(`/api/v1/stations?${query({ bbox, limit: `${limit}` })}`, signal);

export const getPlacedVehicles = (bbox: string, limit: number, signal: AbortSignal) =>
  get<PlacedVehicles>(`/api/v1/vehicles?${query({ bbox, limit: `${limit}` })}`, signal);

type Point = { lat: number; lon: number };

export const getNearestStations = ({ lat, lon }: Point, limit: number, signal: AbortSignal) =>
  get<NearestStations>(
    `/api/v1/stations/nearest?${query({ lat: `${lat}`, lon: `${lon}`, limit: `${limit}`, offers: 'bike' })}`,
    signal,
  );

export const getNearestVehicles = ({ lat, lon }: Point, limit: number, signal: AbortSignal) =>
  get<NearestVehicles>(
    `/api/v1/vehicles/nearest?${query({ lat: `${lat}`, lon: `${lon}`, limit: `${limit}`, free: 'true' })}`,
    signal,
  );

export const getTowns = (signal: AbortSignal) => get<Town[]>(towns, signal);

export const getVehicleReplay = (system: string, from: string, to: string, signal: AbortSignal) =>
  get<VehicleReplay>(`${systemPath(system)}/vehicles/replay?${query({ from, to })}`, signal);

export const getAlerts = (system: string, signal: AbortSignal) =>
  get<Alerts>(`${systemPath(system)}/alerts`, signal);

export const getDocuments = (system: string, signal: AbortSignal) =>
  get<Documents>(`${systemPath(system)}/documents`, signal);

export const getZones = (system: string, signal: AbortSignal) =>
  get<Zones>(`${systemPath(system)}/zones`, signal);

function windowOf(from: Date, to: Date): Record<string, string> {
  return { from: from.toISOString(), to: to.toISOString() };
}

function systemPath(system: string): string {
  return `/api/v1/systems/${encodeURIComponent(system)}`;
}

/** The id of a station is a part of the path, unless it is `.` or `..`, which would be resolved as folders. */
function stationPath(
  system: string,
  station: string,
  below: '' | '/history',
  asked: Record<string, string>,
): string {
  const isFolder = /^\.\.?$/.test(station);
  const parameters = query({ ...(isFolder && { id: station }), ...asked });
  const path = isFolder ? `station${below}` : `stations/${encodeURIComponent(station)}${below}`;
  return `${systemPath(system)}/${path}${parameters && `?${parameters}`}`;
}

function query(parameters: Record<string, string>): string {
  return new URLSearchParams(parameters).toString();
}

/** @throws ApiProblem; TypeError when the server cannot be reached; the signal's reason */
async function get<Answer>(path: string, signal: AbortSignal): Promise<Answer> {
  // No answer is taken from the cache without asking, because its Date header would be old.
  const response = await fetch(path, { signal, cache: 'no-cache', headers: { accept: 'application/json' } });
  const date = Date.parse(response.headers.get('date') ?? '');
  // Half a second is added because the header has whole seconds only.
  if (response.ok && !Number.isNaN(date)) {
    const offsetMs = date + 500 - Date.now();
    clockOffsetMs = Math.abs(offsetMs) < 2000 ? 0 : offsetMs;
  }
  if (!response.ok) throw await problemOf(response);
  return (await response.json()) as Answer;
}

async function problemOf(response: Response): Promise<ApiProblem> {
  const body: { detail?: unknown } = await response.json().catch(() => ({}));
  const detail = typeof body.detail === 'string' ? body.detail : `The server answered ${response.status}`;
  const retryAfter = Number(response.headers.get('retry-after') ?? NaN);
  return new ApiProblem(response.status, detail, Number.isNaN(retryAfter) ? null : retryAfter);
}
