import type { Licence } from '@velolog/gbfs/licence';
import type { LeftOutCode } from '../codes.ts';
import type { SystemRow } from '../database/database-snapshot.ts';

export type LicensedSystem = SystemRow & { licence: Licence };

/** A system that an export does not contain. */
export type LeftOut = {
  system_id: string;
  reason: LeftOutCode;
  license_url: string | null;
};
