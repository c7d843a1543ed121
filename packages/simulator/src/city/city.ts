import { createRandom, type Random } from '../random.ts';
import type { CityCentre } from './city-centres.ts';

/** One station on the map. `traffic.ts` tracks what is parked there. */
export type Station = {
  station_id: string;
  name: string;
  lat: number;
  lon: number;
  capacity: number;
  /** 1 in the centre of the city, falling towards 0 at its edge. */
  centrality: number;
  /** How popular it is; 1 is average. */
  popularity: number;
};

/**
 * Creates a plausible city: stations where ring roads cross the streets between them, about 350 m apart; some places stay empty and the others
 * are shifted a little. The result depends only on the arguments.
 */
export function createCity(centre: CityCentre, stations: number, seed: string): Station[] {
  const random = createRandom(seed, 'city');
  const places = choosePlaces(centre, stations, random);
  const edgeKm = places.reduce((furthest, place) => Math.max(furthest, place.distanceKm), SPACING_KM);
  const nameOf = createNamer(random);
  return places.map((place, index) => {
    const centrality = Math.exp((-2 * place.distanceKm) / edgeKm);
    return {
      station_id: String(index + 1),
      name: nameOf(place),
      ...placeOnGlobe(centre, place),
      capacity: chooseCapacity(centrality, random),
      centrality,
      popularity: 0.5 + random.next(),
    };
  });
}

/** Straight-line distance between two stations in kilometres. A city is small enough to treat the earth as flat. */
export function distanceKm(from: Station, to: Station): number {
  const north = (to.lat - from.lat) * KM_PER_DEGREE;
  const east = (to.lon - from.lon) * KM_PER_DEGREE * Math.cos((from.lat * Math.PI) / 180);
  return Math.sqrt(north * north + east * east);
}

const SPACING_KM = 0.35;
const KM_PER_DEGREE = 111.32;
const SHARE_OF_PLACES_USED = 0.85;
/** Ring k has 6k places, like the cells of a honeycomb around its centre; every k-th place lies on a main street. */
const MAIN_STREETS = 6;
const [CAPACITY_MIN, CAPACITY_MAX] = [8, 40];

type Place = { ring: number; slot: number; distanceKm: number; bearing: number /* radians */ };

function choosePlaces(centre: CityCentre, wanted: number, random: Random): Place[] {
  const places: Place[] = [];
  for (let ring = 0; places.length < wanted; ring++) {
    const slots = Math.max(1, ring * MAIN_STREETS);
    for (let slot = 0; slot < slots && places.length < wanted; slot++) {
      const turn = (slot + (random.next() - 0.5) * 0.4) / slots;
      const moved = ring === 0 ? 0.1 : ring + (random.next() - 0.5) * 0.4;
      const used = random.next() < SHARE_OF_PLACES_USED;
      if (!used || isWater(centre, turn * 360)) continue;
      places.push({ ring, slot, distanceKm: moved * SPACING_KM, bearing: turn * 2 * Math.PI });
    }
  }
  return places;
}

function isWater({ water }: CityCentre, bearing: number): boolean {
  return water !== undefined && bearing >= water[0] && bearing <= water[1];
}

function placeOnGlobe(centre: CityCentre, place: Place): { lat: number; lon: number } {
  const lat = centre.lat + (place.distanceKm * Math.cos(place.bearing)) / KM_PER_DEGREE;
  const kmPerDegreeEast = KM_PER_DEGREE * Math.cos((centre.lat * Math.PI) / 180);
  const lon = centre.lon + (place.distanceKm * Math.sin(place.bearing)) / kmPerDegreeEast;
  return { lat: roundTo6(lat), lon: roundTo6(lon) };
}

function roundTo6(degrees: number): number {
  return Math.round(degrees * 1e6) / 1e6;
}

function chooseCapacity(centrality: number, random: Random): number {
  const size = random.next() ** 1.6 * 0.75 + centrality * 0.25;
  return CAPACITY_MIN + Math.round(size * (CAPACITY_MAX - CAPACITY_MIN));
}

const MAIN_STREET_NAMES = [
  'North Street',
  'Mill Street',
  'Harbour Street',
  'South Street',
  'Market Street',
  'Castle Street',
];
const SIDE_STREET_NAMES = [
  'Linden Lane', 'Chestnut Road', 'Station Road', 'School Lane', 'Garden Street', 'Church Street', 'Bridge Street',
  'Maple Avenue', 'Observatory Way', 'Bakers Row', 'Tram Depot', 'Old Brewery', 'Hospital Road', 'Library Square',
  'Stadium Way', 'Rope Walk', 'Park Terrace', 'Weavers Yard', 'Canal Side', 'Hill Road', 'Orchard Street',
  'University Street', 'Theatre Place', 'Meadow View',
]; // biome-ignore format: one list, read as one

function createNamer(random: Random): (place: Place) => string {
  const lastHouse = new Map<string, number>();
  return ({ ring, slot }) => {
    if (ring === 0) return 'Central Square';
    if (slot % ring === 0) return `${MAIN_STREET_NAMES[slot / ring]} / Ring ${ring}`;
    const street = SIDE_STREET_NAMES[random.below(SIDE_STREET_NAMES.length)] ?? '';
    const house = (lastHouse.get(street) ?? 0) + 1 + random.below(12);
    lastHouse.set(street, house);
    return `${street} ${house}`;
  };
}
