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

/** @throws ApiProblem 410 when retention has dropped the counts, so that only states without numbers are left */
export function expectKept(stations: GbfsStation[], systemId: string): void {
  const isDropped = ({ state, num_bikes_available, num_docks_available }: GbfsStation) =>
    num_bikes_available === null && num_docks_available === null && ['ok', 'empty', 'full'].includes(state);
  if (stations.length === 0 || !stations.every(isDropped)) return;
  throw gone(`The counts of ${JSON.stringify(systemId)} at that time are no longer kept (RETENTION_DAYS)`);
}

function gone(detail: string): ApiProblem {
  return new ApiProblem({ title: 'Gone', status: 410, detail });
}
