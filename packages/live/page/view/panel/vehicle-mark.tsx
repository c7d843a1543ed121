import type { Vehicle } from '../../../src/api/vehicle.ts';
import type { Kind } from '../../model/vehicle/vehicle.ts';
import { BOLT, CROSS, LOW_MARK, OUTLINES } from '../../model/vehicle/vehicle-shape.ts';

export const VEHICLE_STATE_NAMES: Record<Vehicle['state'], string> = {
  available: 'Available',
  reserved: 'Reserved',
  disabled: 'Disabled',
};

type VehicleMarkProps = {
  kind: Kind;
  electric?: boolean;
  low?: boolean;
  state?: Vehicle['state'];
};

/**
 * A vehicle as the map draws it: the shape is its form factor, a bolt means a motor, and a cross that it cannot be
 * taken.
 */
export function VehicleMark({ kind, electric = false, low = false, state = 'available' }: VehicleMarkProps) {
  return (
    <svg
      class={`vehicle-mark vehicle-${state}`}
      viewBox="-1 -1 22 22"
      width="16"
      height="16"
      aria-hidden="true"
    >
      <path class="outline" d={OUTLINES[kind]} />
      {state === 'disabled' ? <path class="cross" d={CROSS} /> : electric && <path class="bolt" d={BOLT} />}
      {low && <circle class="low" cx={LOW_MARK.x} cy={LOW_MARK.y} r={LOW_MARK.radius} />}
    </svg>
  );
}
