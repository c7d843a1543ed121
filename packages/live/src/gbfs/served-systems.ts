import { licenceOf } from '@velolog/gbfs/licence';
import { ApiProblem } from '../api/api-problem.ts';
import { DAY_MS } from '../database/window.ts';
import type { GbfsStation } from '../questions/gbfs/read-gbfs-stations.ts';
import type { Listed } from '../questions/gbfs/read-gbfs-system.ts';

/** Which recorded data this server passes on. */
export type Shared = {
  /** Also systems whose licence forbids it or is unknown. */
  unlicensed: boolean;
  /** @throws ApiProblem 410 when exact stays of that time are no longer kept */
  expectStays(at: Date | null): void;
};

export function sharedBy({
  unlicensed,
  vehicleStayDays,
}: {
  unlicensed: boolean;
  vehicleStayDays: number;
}): Shared {
  return {
    unlicensed,
    expectStays: (at) => {
      if (at === null || vehicleStayDays === 0) return;
      if (at.getTime() >= Date.now() - vehicleStayDays * DAY_MS) return;
      throw gone(`Where single vehicles stood is kept for ${vehicleStayDays} days (VEHICLE_STAY_DAYS)`);
    },
  };
}

/** The same rule as in `velolog export`. */
export function isServed({ license_url }: Pick<Listed, 'license_url'>, { unlicensed }: Shared): boolean {
  return unlicensed || licenceOf(license_url).sharing === 'allowed';
}

/** @throws ApiProblem 403 */
export function expectLicence(system: Listed, shared: Shared): void {
  if (isServed(system, shared)) return;
  const { sharing, title } = licenceOf(system.license_url);
  const why =
    sharing === 'forbidden' ? 'forbids passing the data on' : 'is not known to allow passing the data on';
  throw new ApiProblem({
    title: 'Forbidden',
    status: 403,
    detail: `The licence of ${JSON.stringify(system.system_id)} ${why}: ${title}. LIVE_GBFS_UNLICENSED=1 serves it anyway, for your own use`,
  });
}

/**
 * @throws ApiProblem 410 when retention has dropped the counts of a station, so that only its state without numbers or flags is left. It keeps
 * those of stations that did not change until the month ended: without the others they are not the system.
 */
export function expectKept(stations: GbfsStation[], systemId: string): void {
  if (!stations.some(isDropped)) return;
  throw gone(`The counts of ${JSON.stringify(systemId)} at that time are no longer kept (RETENTION_DAYS)`);
}

/** A feed cannot give these states without a count or a flag. */
function isDropped(station: GbfsStation): boolean {
  const { state, num_bikes_available, num_docks_available, is_installed, is_renting, is_returning } = station;
  const told = [num_bikes_available, num_docks_available, is_installed, is_renting, is_returning];
  return ['ok', 'empty', 'full', 'closed'].includes(state) && told.every((value) => value === null);
}

function gone(detail: string): ApiProblem {
  return new ApiProblem({ title: 'Gone', status: 410, detail });
}
