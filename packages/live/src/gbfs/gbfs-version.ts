/** What differs between versions of GBFS. The documents themselves write what has the same name and shape in all. */
export type GbfsVersion = {
  version: '2.3' | '3.0';
  vehicleFeed: 'free_bike_status' | 'vehicle_status';
  vehicleList: 'bikes' | 'vehicles';
  vehicleId: 'bike_id' | 'vehicle_id';
  numAvailable: 'num_bikes_available' | 'num_vehicles_available';
  numDisabled: 'num_bikes_disabled' | 'num_vehicles_disabled';
  time(instant: Date): string | number;
  text(text: string): unknown;
  discovery(feeds: { name: string; url: string }[]): object;
  /** Until 2.3 `scooter` is a form factor. */
  formFactor(name: string): string;
};

/** BCP 47's code for an unknown language: Velolog keeps one text of several languages, but not which language it is. */
export const UNKNOWN_LANGUAGE = 'und';

const epochSeconds = (instant: Date): number => Math.floor(instant.getTime() / 1000);

const GBFS_2_3: GbfsVersion = {
  version: '2.3',
  vehicleFeed: 'free_bike_status',
  vehicleList: 'bikes',
  vehicleId: 'bike_id',
  numAvailable: 'num_bikes_available',
  numDisabled: 'num_bikes_disabled',
  time: epochSeconds,
  text: (text) => text,
  discovery: (feeds) => ({ [UNKNOWN_LANGUAGE]: { feeds } }),
  formFactor: (name) => name,
};

const GBFS_3_0: GbfsVersion = {
  version: '3.0',
  vehicleFeed: 'vehicle_status',
  vehicleList: 'vehicles',
  vehicleId: 'vehicle_id',
  numAvailable: 'num_vehicles_available',
  numDisabled: 'num_vehicles_disabled',
  time: (instant) => new Date(epochSeconds(instant) * 1000).toISOString().replace('.000Z', 'Z'),
  text: (text) => [{ text, language: UNKNOWN_LANGUAGE }],
  discovery: (feeds) => ({ feeds }),
  formFactor: (name) => (name === 'scooter' ? 'other' : name),
};

/** The served versions, oldest first. */
export const SERVED_VERSIONS: readonly GbfsVersion[] = [GBFS_2_3, GBFS_3_0];
