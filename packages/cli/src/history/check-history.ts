import { UserError } from '@velolog/worker/user-error';
import { otherFeedThan } from './feed-of-body.ts';
import { type HistoryRecord, readHistory } from './history-file.ts';

/** Files that were read completely, in order of time. */
export type CheckedHistory = { files: string[]; records: number; first: Date; last: Date };

type CheckedFile = { path: string; records: number; first: Date; last: Date };

/**
 * Reads all files before anything is published, so that a broken line at the end of one does not leave an import half done.
 * @throws UserError
 */
export async function checkHistory(
  paths: string[],
  feed: string,
  onRecord: () => void = () => {},
): Promise<CheckedHistory> {
  const files: CheckedFile[] = [];
  for (const path of paths) files.push(await checkFile(path, feed, onRecord));
  files.sort((a, b) => a.first.getTime() - b.first.getTime());
  for (const [index, file] of files.entries()) {
    const before = files[index - 1];
    if (before !== undefined && file.first < before.last) {
      throw new UserError(
        `${before.path} and ${file.path} overlap in time: one ends at ${before.last.toISOString()}, the other begins at ${file.first.toISOString()}. Import them one after the other`,
      );
    }
  }
  const [first] = files;
  const last = files.at(-1);
  if (first === undefined || last === undefined)
    throw new UserError('There is no file to import', { exitCode: 2 });
  const records = files.reduce((sum, file) => sum + file.records, 0);
  return { files: files.map(({ path }) => path), records, first: first.first, last: last.last };
}

async function checkFile(path: string, feed: string, onRecord: () => void): Promise<CheckedFile> {
  let first: HistoryRecord | undefined;
  let last: HistoryRecord | undefined;
  let records = 0;
  // A publisher may have answered with another feed now and then. But if a file holds only another feed, --feed is wrong.
  let stray: { feed: string; at: string } | undefined;
  let fitting = 0;
  for await (const record of readHistory(path)) {
    records += 1;
    onRecord();
    const other = otherFeedThan(feed, record.body);
    if (other !== null)
      stray ??= { feed: other, at: `record ${records} (${record.fetched_at.toISOString()})` };
    else if (record.body.length > 0) fitting += 1;
    if (last !== undefined && record.fetched_at < last.fetched_at) {
      throw new UserError(
        `${path}, record ${records}: it was fetched ${record.fetched_at.toISOString()}, before the previous record (${last.fetched_at.toISOString()}); sort the file by fetched_at`,
      );
    }
    first ??= record;
    last = record;
  }
  if (stray !== undefined && fitting === 0) {
    throw new UserError(
      `${path}, ${stray.at} is a body of ${stray.feed}, but this import is for ${feed}. Nothing was imported; use --feed ${stray.feed} for such files`,
    );
  }
  if (first === undefined || last === undefined)
    throw new UserError(`${path} is empty: there is nothing to import`);
  return { path, records, first: first.fetched_at, last: last.fetched_at };
}
