import type { Position, Slice } from '@velolog/worker/lake-manifest';
import type { Manifests, OpenLake } from './folder/lake-folder.ts';

/** Where past months are written: a folder of Parquet files, or tables of an Iceberg catalogue. */
export type LakeSink = AsyncDisposable & {
  /** Its content after its last commit. `dir` is its name in messages. */
  found: OpenLake;
  /** Whether its last commit was written to all tables. If not, the tables without months are written again. */
  isWhole: boolean;
  /** Slices are first written below this folder; they become valid with the commit. */
  writeDir: string;
  /** Whether the file or rows of a slice still exist. */
  has(slice: Slice): Promise<boolean>;
  /**
   * Makes these manifests the lake. @returns the files of the lake, for a folder
   * @throws LakeConflict when somebody else committed since `found` was read: nothing has changed
   */
  commit(next: { position: Position[]; manifests: Manifests; until: string | null }): Promise<string[]>;
};

/** Called if there is no lake yet, before a new one is begun. @throws when there should be one */
export type MayBegin = () => Promise<void>;

/** Somebody else wrote into the same tables in the meantime. Read again, and write what is still missing. */
export class LakeConflict extends Error {
  override name = 'LakeConflict';
}
