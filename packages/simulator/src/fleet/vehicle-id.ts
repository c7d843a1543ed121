import { hashText } from '../random.ts';

/**
 * How long an id of a feed stands for one vehicle; each was measured on real feeds:
 * `static`: for ever, although GBFS forbids it since 2.1; `resetting`: until it is rented; `rotating`: until the clock says so.
 */
export const ID_REGIMES = ['static', 'resetting', 'rotating'] as const;
export type IdRegime = (typeof ID_REGIMES)[number];

/** Some polls find all ids again, others none. */
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
  // The number keeps two vehicles apart whose hashes are the same.
  return `${hex(`${key}/a`)}${hex(`${key}/b`)}${regime === 'static' ? `-${vehicle.number}` : hex(`${vehicle.number}*${period}`)}`;
}

function hex(text: string): string {
  return hashText(text).toString(16).padStart(8, '0');
}
