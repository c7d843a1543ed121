import { hashText } from '../random.ts';

/**
 * How long a feed uses the same id for a vehicle. Each was measured on real feeds:
 * `static`: forever, although GBFS forbids it since 2.1; `resetting`: until it is rented; `rotating`: until a fixed time has passed.
 */
export const ID_REGIMES = ['static', 'resetting', 'rotating'] as const;
export type IdRegime = (typeof ID_REGIMES)[number];

/** Short enough that some polls find all ids again and others none. */
const ROTATION_SECONDS = 60;

export function vehicleIdOf(
  seed: string,
  regime: IdRegime,
  vehicle: { number: number; rides: number },
  second: number,
): string {
  const period =
    regime === 'static'
      ? 0
      : regime === 'resetting'
        ? vehicle.rides
        : Math.floor((second + 1) / ROTATION_SECONDS);
  const key = `${seed}/${vehicle.number}/${period}`;
  // The number distinguishes two vehicles whose hashes are equal.
  return `${hex(`${key}/a`)}${hex(`${key}/b`)}${regime === 'static' ? `-${vehicle.number}` : hex(`${vehicle.number}*${period}`)}`;
}

function hex(text: string): string {
  return hashText(text).toString(16).padStart(8, '0');
}
