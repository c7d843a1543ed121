import { createHmac, randomBytes } from 'node:crypto';
import type { VehicleType } from '../api/vehicle.ts';
import type { GbfsVehicle } from '../questions/gbfs/read-gbfs-vehicles.ts';
import type { GbfsVersion } from './gbfs-version.ts';
import type { Publication } from './publication.ts';
import { known, miss } from './station-documents.ts';

type Content = Pick<Publication, 'data' | 'leftOut'>;

/** Only in this process and never stored, so nobody can tell which vehicles of two publications are the same. */
const SECRET = randomBytes(32);

/**
 * The ids of the vehicles of one publication, which is one system at one moment. They derive from the moment and the
 * place in the list, so that everyone who requests the same publication gets the same body, although it is not stored;
 * another moment gives other ids.
 */
function vehicleIds(publication: string, count: number): string[] {
  const key = createHmac('sha256', SECRET).update(publication).digest();
  return Array.from({ length: count }, (_, number) =>
    createHmac('sha256', key).update(String(number)).digest('base64url').slice(0, 22),
  );
}

export function vehicleStatus(version: GbfsVersion, vehicles: GbfsVehicle[], publication: string): Content {
  const leftOut = { place_unknown: 0 };
  const ids = vehicleIds(publication, vehicles.length);
  const rows = vehicles.flatMap(({ lat, lon, station_id, state, vehicle_type_id, range_meters }, number) => {
    const isPlaced = lat !== null && lon !== null;
    if (!isPlaced && station_id === null) return miss(leftOut, 'place_unknown');
    return [
      {
        [version.vehicleId]: ids[number],
        ...(isPlaced && { lat, lon }),
        is_reserved: state === 'reserved',
        is_disabled: state === 'disabled',
        ...known('vehicle_type_id', vehicle_type_id),
        ...known('station_id', station_id),
        ...known('current_range_meters', range_meters),
      },
    ];
  });
  return { data: { [version.vehicleList]: rows }, leftOut };
}

/** Leaves out a type that would need an invented propulsion or range; its vehicles still name it. */
export function vehicleTypes(version: GbfsVersion, types: VehicleType[]): Content {
  const leftOut = { form_or_propulsion_unknown: 0, range_unknown: 0 };
  const text = (name: string, value: string | null) =>
    value === null ? {} : { [name]: version.text(value) };
  const rows = types.flatMap((type) => {
    const { vehicle_type_id, form_factor, propulsion_type, max_range_meters, rider_capacity } = type;
    if (form_factor === null || propulsion_type === null) return miss(leftOut, 'form_or_propulsion_unknown');
    if (propulsion_type !== 'human' && max_range_meters === null) return miss(leftOut, 'range_unknown');
    const riders = rider_capacity === null ? null : Math.round(rider_capacity);
    return [
      {
        vehicle_type_id,
        form_factor: version.formFactor(form_factor),
        propulsion_type,
        ...known('max_range_meters', max_range_meters),
        ...known('rider_capacity', riders),
        ...text('name', type.name),
        ...text('make', type.make),
        ...text('model', type.model),
      },
    ];
  });
  return { data: { vehicle_types: rows }, leftOut };
}
