import type { Station } from '../city/city.ts';
import type { CityCentre } from '../city/city-centres.ts';
import { movedBy } from './fleet.ts';

/** What a city publishes besides stations and vehicles. Each version of GBFS writes it in its own way. */
export type Region = { region_id: string; name: string };
export type Plan = {
  plan_id: string;
  name: string;
  description: string;
  currency: string;
  price: number;
  pricePerMinute: number;
};
export type Alert = {
  alert_id: string;
  summary: string;
  description: string;
  station_id: string;
  startSecond: number;
};
export type Zone = {
  name: string;
  /** Rings of [lon, lat]: first the outline, then the holes. */
  rings: [number, number][][];
  rideAllowed: boolean;
  rideThroughAllowed: boolean;
  maximumSpeedKph: number | null;
};

export const REGIONS: readonly Region[] = [
  { region_id: '1', name: 'North' },
  { region_id: '2', name: 'South' },
];

export const PLANS: readonly Plan[] = [
  {
    plan_id: 'single',
    name: 'Single ride',
    description: '1 to unlock, then 0.20 a minute',
    currency: 'EUR',
    price: 1,
    pricePerMinute: 0.2,
  },
  {
    plan_id: 'day',
    name: 'Day pass',
    description: 'All rides of a day',
    currency: 'EUR',
    price: 9,
    pricePerMinute: 0,
  },
];

/** A pedestrian zone in the middle of a slow zone, which has a hole there. */
export function zonesOf(centre: CityCentre): Zone[] {
  const inner = squareAround(centre, 250);
  return [
    {
      name: 'Pedestrian zone',
      rings: [inner],
      rideAllowed: false,
      rideThroughAllowed: false,
      maximumSpeedKph: null,
    },
    {
      name: 'Slow zone',
      rings: [squareAround(centre, 900), inner],
      rideAllowed: true,
      rideThroughAllowed: true,
      maximumSpeedKph: 12,
    },
  ];
}

/** One alert for each station that is closed now. */
export function alertsOf(
  stations: readonly Station[],
  closed: (station: number) => boolean,
  closedSince: (station: number) => number,
): Alert[] {
  return stations.flatMap(({ station_id, name }, index) => {
    if (!closed(index)) return [];
    const startSecond = closedSince(index);
    return [
      {
        alert_id: `closed-${station_id}-${startSecond}`,
        summary: `${name} is closed`,
        description: 'Nobody can rent or return here for now.',
        station_id,
        startSecond,
      },
    ];
  });
}

function squareAround(centre: CityCentre, meters: number): [number, number][] {
  const corners = [
    [-1, -1],
    [-1, 1],
    [1, 1],
    [1, -1],
    [-1, -1],
  ] as const;
  return corners.map(([north, east]) => {
    const { lat, lon } = movedBy(centre, north * meters, east * meters);
    return [Math.round(lon * 1e6) / 1e6, Math.round(lat * 1e6) / 1e6];
  });
}
