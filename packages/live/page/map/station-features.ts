import { percentOf } from '../model/outlook.ts';
import { nameOf, placesOf, type Station, shareOfBikes } from '../model/station.ts';

/** The properties by which the map's layers draw a station. */
export type StationProperties = {
  station_id: string;
  name: string;
  /** As in Station; also shown by outline and sign, never by colour alone. */
  state: Station['state'];
  /** 0 to 1; -1 when unknown, because map expressions have no null. */
  share: number;
  /** Square root of the number of places, so that the area of the circle is the capacity. */
  size: number;
  /** The text in the circle: the bikes, or the sign of a state without bikes to take. */
  label: string;
  bikes: number;
  places: number;
};

export type StationFeature = GeoJSON.Feature<GeoJSON.Point, StationProperties> & { id: string };

/**
 * How likely a bike is at each station in a given time; null for a station without a forecast. If the whole map is null, the present
 * is shown.
 */
export type Chances = ReadonlyMap<string, number | null> | null;

export function stationFeatures(
  stations: readonly Station[],
  chances: Chances = null,
): GeoJSON.FeatureCollection<GeoJSON.Point, StationProperties> {
  return {
    type: 'FeatureCollection',
    features: stations.flatMap((station) => stationFeature(station, chances) ?? []),
  };
}

/** Null for a station without a position. */
export function stationFeature(station: Station, chances: Chances = null): StationFeature | null {
  const { station_id, lat, lon } = station;
  if (lat === null || lon === null) return null;
  const { state, share, label } = chances === null ? presentLook(station) : outlook(station, chances);
  return {
    type: 'Feature',
    id: station_id,
    geometry: { type: 'Point', coordinates: [lon, lat] },
    properties: {
      station_id,
      name: nameOf(station),
      state,
      share: share ?? -1,
      size: Math.sqrt(placesOf(station)),
      label,
      // A cluster's share comes from those of its stations that give one.
      bikes: (share ?? 0) * placesOf(station),
      places: share === null ? 0 : placesOf(station),
    },
  };
}

type Look = { state: Station['state']; share: number | null; label: string };

function presentLook(station: Station): Look {
  const { state, num_bikes_available: bikes } = station;
  return {
    state,
    share: shareOfBikes(station),
    label: SIGNS[state] ?? (bikes === null ? '' : `${bikes}`),
  };
}

/** What is empty now need not be empty then: a station with a forecast has no ring, and shows its percentage. */
function outlook({ station_id, state }: Station, chances: NonNullable<Chances>): Look {
  const chance = chances.get(station_id) ?? null;
  if (chance !== null) return { state: 'ok', share: chance, label: `${percentOf(chance)}` };
  return SIGNS[state] === undefined
    ? { state: 'unknown', share: null, label: '?' }
    : { state, share: null, label: SIGNS[state] };
}

const SIGNS: Partial<Record<Station['state'], string>> = {
  closed: '×',
  absent: '–',
  unknown: '?',
  unobserved: ' ',
};

export type Bounds = [west: number, south: number, east: number, north: number];

/** The bounds of all that have a position; null when none has. */
export function boundsOf(places: Iterable<Pick<Station, 'lat' | 'lon'>>): Bounds | null {
  let bounds: Bounds | null = null;
  for (const { lat, lon } of places) {
    if (lat === null || lon === null) continue;
    bounds ??= [lon, lat, lon, lat];
    bounds[0] = Math.min(bounds[0], lon);
    bounds[1] = Math.min(bounds[1], lat);
    bounds[2] = Math.max(bounds[2], lon);
    bounds[3] = Math.max(bounds[3], lat);
  }
  return bounds;
}
