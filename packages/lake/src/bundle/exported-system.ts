import type { SystemRow } from '../database-snapshot.ts';
import type { Licence } from './licence.ts';

export type LicensedSystem = SystemRow & { licence: Licence };

/** A system that an export does not hold. */
export type LeftOut = {
  system_id: string;
  reason: 'licence_unknown' | 'licence_forbids';
  license_url: string | null;
};
