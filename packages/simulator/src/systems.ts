import { CITY_CENTRES, type CityCentre } from './city/city-centres.ts';
import type { IdRegime } from './fleet/vehicle-id.ts';
import { createRandom, hashText } from './random.ts';

export const GBFS_VERSIONS = ['1.0', '2.3', '3.0'] as const;
export type GbfsVersion = (typeof GBFS_VERSIONS)[number];

/** The fixed facts of a simulated system. */
export type SimulatedSystem = {
  system_id: string;
  city: string;
  version: GbfsVersion;
  stations: number;
  /** Free-floating vehicles; 0 for a system with stations only. */
  vehicles: number;
  vehicleIds: IdRegime;
  /** Whether it also publishes e-bikes at stations, vehicle types, regions, alerts, prices and zones. */
  everyFeed: boolean;
  centre: CityCentre;
  seed: string;
};

/**
 * Plans `systems` systems. `stations` is a number for each system, or `{ total }`: then the sizes are spread as in the
 * public catalogue (many small ones, a few with thousands) and add up exactly to the total. `versions` are assigned in turn: a
 * version listed twice is used twice as often.
 */
export function planSystems(options: {
  systems: number;
  stations: number | { total: number };
  versions: readonly GbfsVersion[];
  vehicles?: number;
  vehicleIds?: readonly IdRegime[];
  everyFeed?: boolean;
  seed: string;
}): SimulatedSystem[] {
  const {
    systems,
    stations,
    versions,
    vehicles = 0,
    vehicleIds = ['static'],
    everyFeed = false,
    seed,
  } = options;
  const sizes =
    typeof stations === 'number'
      ? new Array<number>(systems).fill(stations)
      : spreadStations(systems, stations.total, seed);
  return sizes.map((size, index) => {
    const centre = centreOf(index, seed);
    return {
      system_id: `sim-${centre.slug}`,
      city: centre.name,
      version: versions[index % versions.length] ?? '2.3',
      stations: size,
      vehicles,
      vehicleIds: vehicleIds[index % vehicleIds.length] ?? 'static',
      everyFeed,
      centre,
      seed: `${seed}/${centre.slug}`,
    };
  });
}

/** Standard deviation of the logarithm: in the catalogue of May 2026 the median is 99 stations and the 90th percentile 597. */
const SIZE_DEVIATION = 1.4;

function spreadStations(systems: number, total: number, seed: string): number[] {
  if (total < systems) throw new RangeError(`Cannot spread ${total} stations over ${systems} systems`);
  const random = createRandom(seed, 'sizes');
  const weights = Array.from({ length: systems }, () => Math.exp(SIZE_DEVIATION * random.normal()));
  const sum = weights.reduce((running, weight) => running + weight, 0);
  // Every system gets one station, and the rest is shared by weight. Rounding the running sum keeps the total exact.
  let running = 0;
  let given = 0;
  return weights.map((weight) => {
    running += weight;
    const upTo = Math.round((running / sum) * (total - systems));
    const size = 1 + upTo - given;
    given = upTo;
    return size;
  });
}

function centreOf(index: number, seed: string): CityCentre {
  const near = CITY_CENTRES[index % CITY_CENTRES.length] as CityCentre;
  if (index < CITY_CENTRES.length) return near;
  const slug = String(index + 1).padStart(4, '0');
  const hash = hashText(`${seed}/centre/${slug}`);
  return {
    slug,
    name: `No. ${index + 1}`,
    lat: near.lat + ((hash & 0xffff) / 0xffff - 0.5) * 4,
    lon: near.lon + ((hash >>> 16) / 0xffff - 0.5) * 4,
    timezone: near.timezone,
  };
}
