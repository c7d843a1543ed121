/** Where a simulated city lies. The places are real, so that a map shows land; streets and stations are invented. */
export type CityCentre = {
  slug: string;
  name: string;
  lat: number;
  lon: number;
  timezone: string;
  /** The clockwise range of compass bearings in which there is only water, and so no station. */
  water?: readonly [fromDegrees: number, toDegrees: number];
};

/** The first systems are in these cities, in this order; later systems lie in the countryside around them. Nearly all cities are inland. */
export const CITY_CENTRES: readonly CityCentre[] = [
  { slug: 'oslo', name: 'Oslo', lat: 59.9195, lon: 10.7481, timezone: 'Europe/Oslo', water: [150, 255] },
  { slug: 'berlin', name: 'Berlin', lat: 52.5163, lon: 13.3889, timezone: 'Europe/Berlin' },
  { slug: 'paris', name: 'Paris', lat: 48.8606, lon: 2.3469, timezone: 'Europe/Paris' },
  { slug: 'madrid', name: 'Madrid', lat: 40.4204, lon: -3.7036, timezone: 'Europe/Madrid' },
  { slug: 'milano', name: 'Milano', lat: 45.4669, lon: 9.1903, timezone: 'Europe/Rome' },
  { slug: 'wien', name: 'Wien', lat: 48.2085, lon: 16.3721, timezone: 'Europe/Vienna' },
  { slug: 'praha', name: 'Praha', lat: 50.0837, lon: 14.4341, timezone: 'Europe/Prague' },
  { slug: 'warszawa', name: 'Warszawa', lat: 52.2298, lon: 21.0118, timezone: 'Europe/Warsaw' },
  { slug: 'budapest', name: 'Budapest', lat: 47.4979, lon: 19.054, timezone: 'Europe/Budapest' },
  { slug: 'bruxelles', name: 'Bruxelles', lat: 50.8466, lon: 4.3528, timezone: 'Europe/Brussels' },
  { slug: 'london', name: 'London', lat: 51.5134, lon: -0.1246, timezone: 'Europe/London' },
  { slug: 'lyon', name: 'Lyon', lat: 45.7579, lon: 4.8351, timezone: 'Europe/Paris' },
  { slug: 'denver', name: 'Denver', lat: 39.7392, lon: -104.9903, timezone: 'America/Denver' },
  { slug: 'columbus', name: 'Columbus', lat: 39.9612, lon: -82.9988, timezone: 'America/New_York' },
  { slug: 'mexico', name: 'México', lat: 19.4326, lon: -99.1332, timezone: 'America/Mexico_City' },
  { slug: 'bogota', name: 'Bogotá', lat: 4.6533, lon: -74.0836, timezone: 'America/Bogota' },
];
