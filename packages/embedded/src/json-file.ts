import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { UserError } from '@velolog/worker/user-error';

/** The value in a JSON file; null when the file is missing or was cut short by a kill. */
export function readJsonFile<T>(path: string): T | null {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as T;
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (error instanceof SyntaxError || code === 'ENOENT' || code === 'ENOTDIR') return null;
    throw new UserError(
      `Cannot read ${path}: ${message}; run velolog as its owner or choose another --home`,
      {
        cause: error,
      },
    );
  }
}

/** Replaces the file atomically: a reader sees the old value or the new one, never a part of it. */
export function writeJsonFile(path: string, value: unknown, mode = 0o644): void {
  const next = `${path}.${process.pid}`;
  writeFileSync(next, `${JSON.stringify(value, null, 2)}\n`, { mode });
  renameSync(next, path);
}
