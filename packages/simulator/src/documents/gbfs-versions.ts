import type { GbfsVersion } from '../systems.ts';
import type { GbfsDocuments } from './gbfs-documents.ts';
import { gbfsV1 } from './gbfs-v1.ts';
import { gbfsV2 } from './gbfs-v2.ts';
import { gbfsV3 } from './gbfs-v3.ts';

/** The document writers of the GBFS versions that can be simulated. */
export const GBFS_DOCUMENTS: Record<GbfsVersion, GbfsDocuments> = {
  '1.0': gbfsV1,
  '2.3': gbfsV2,
  '3.0': gbfsV3,
};
