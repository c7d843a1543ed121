import type { Position, Slice } from '@velolog/worker/lake-manifest';
import type { Manifests, OpenLake } from './folder/lake-folder.ts';

/** Where closed time goes: a folder of Parquet files, or tables of an Iceberg catalogue. */
export type LakeSink = AsyncDisposable & {
  /** What it holds, as its last commit left it. `dir` is its name in messages. */
  found: OpenLake;
  /** Whether its last commit was written to all tables. Where it was not, those without months are written again. */
  isWhole: boolean;
  /** Slices are written below this folder first; they count from the commit on. */
  writeDir: string;
  /** Whether what a slice was written as is still there. */
  has(slice: Slice): Promise<boolean>;
  /**
   * Makes these the lake. @returns the files that it is made of, for a folder
   * @throws LakeConflict when somebody else committed since `found` was read: nothing has changed
   */
  commit(next: { position: Position[]; manifests: Manifests; until: string | null }): Promise<string[]>;
};

/** Called where there is no lake yet, before a new one is begun. @throws when there should be one */
export type MayBegin = () => Promise<void>;

/** Somebody else wrote into the same tables in between. Read again, and write what is still missing. */
export class LakeConflict extends Error {
  override name = 'LakeConflict';
}
