import { createReadStream, readdirSync, statSync } from 'node:fs';
import { open, readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { createInterface } from 'node:readline';
import { createGunzip } from 'node:zlib';
import { UserError } from '@velolog/embedded/user-error';

/** One recorded body and when it was fetched. */
export type HistoryRecord = { fetched_at: Date; body: Buffer };

/** The recorded bodies of a file or folder, in its order. @throws UserError that names file and line of what cannot be read */
export async function* readHistory(path: string): AsyncGenerator<HistoryRecord> {
  const stat = statSync(path, { throwIfNoEntry: false });
  if (stat === undefined) throw new UserError(`There is no file ${path}`);
  yield* stat.isDirectory() ? readFolder(path) : readLines(path);
}

async function* readLines(path: string): AsyncGenerator<HistoryRecord> {
  const source = createReadStream(path);
  const input = (await isGzip(path)) ? source.pipe(createGunzip()) : source;
  // pipe() carries no errors on.
  source.on('error', (error) => input.destroy(error));
  const lines = createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY });
  let number = 0;
  try {
    for await (const line of lines) {
      number += 1;
      if (line.trim() !== '') yield readLine(line, `${path}, line ${number}`);
    }
  } catch (error) {
    throw error instanceof UserError ? error : notReadable(path, number, error as Error);
  }
}

async function isGzip(path: string): Promise<boolean> {
  const file = await open(path);
  const { buffer, bytesRead } = await file.read(Buffer.alloc(2), 0, 2, 0).finally(() => file.close());
  const magic = bytesRead === 2 && buffer.readUInt16BE() === 0x1f8b;
  if (path.endsWith('.gz') && !magic) {
    throw new UserError(`${path} is not gzip, though its name says so: rename it, or fetch it again`);
  }
  return magic;
}

function notReadable(path: string, lines: number, cause: Error): UserError {
  const after = lines === 0 ? '' : ` after line ${lines}`;
  return new UserError(`Cannot read ${path}${after}: ${cause.message} (is it cut short?)`, { cause });
}

function readLine(line: string, place: string): HistoryRecord {
  let value: { fetched_at?: unknown; body?: unknown } | null;
  try {
    value = JSON.parse(line.replace(/^\uFEFF/, ''));
  } catch (cause) {
    // It quotes the line, which may be anything.
    const why = (cause as Error).message.replaceAll(/[^\x20-\x7e]+/g, '?');
    throw new UserError(`${place} is not JSON: ${why}`, { cause });
  }
  if (typeof value !== 'object' || value === null || !('fetched_at' in value) || !('body' in value)) {
    throw new UserError(`${place}: expected {"fetched_at": "<time>", "body": "<text of the feed>"}`);
  }
  const fetched_at = readTime(value.fetched_at);
  if (fetched_at === null) {
    throw new UserError(
      `${place}: fetched_at is ${JSON.stringify(value.fetched_at)}; expected a time such as "2022-10-23T19:48:48Z" or epoch seconds`,
    );
  }
  const { body } = value;
  return { fetched_at, body: Buffer.from(typeof body === 'string' ? body : JSON.stringify(body)) };
}

/** In order of time: names sort by it only when all are spelled alike. */
async function* readFolder(folder: string): AsyncGenerator<HistoryRecord> {
  const files = readdirSync(folder)
    .filter((name) => name.endsWith('.json'))
    .map((name) => ({ path: join(folder, name), fetched_at: readTime(basename(name, '.json')) }));
  if (files.length === 0) throw new UserError(`${folder} holds no .json files`);
  const unnamed = files.find(({ fetched_at }) => fetched_at === null);
  if (unnamed !== undefined) {
    throw new UserError(
      `The name of ${unnamed.path} is no time; expected 2022-10-23T19-48-48Z.json or epoch seconds`,
    );
  }
  const timed = files as { path: string; fetched_at: Date }[];
  timed.sort((a, b) => a.fetched_at.getTime() - b.fetched_at.getTime());
  for (const { path, fetched_at } of timed) yield { fetched_at, body: await readFile(path) };
}

/**
 * A time as people write it: RFC 3339; the same with dashes or nothing for the colons, which file names may not hold
 * (2022-10-23T19-48-48Z, 20221023T194848Z, 2022-10-23_19-48-48); epoch seconds or milliseconds. Without a zone it is UTC.
 */
export function readTime(written: unknown): Date | null {
  const text = String(written).trim();
  if (/^\d{9,10}(\.\d+)?$/.test(text)) return new Date(Number(text) * 1000);
  if (/^\d{12,13}$/.test(text)) return new Date(Number(text));
  const parts =
    /^(\d{4})-?(\d\d)-?(\d\d)[T_ -](\d\d)[:-]?(\d\d)(?:[:-]?(\d\d)(?:[.,](\d{1,9}))?)?(Z|[+-]\d\d[:-]?\d\d)?$/i.exec(
      text,
    );
  if (parts === null) return null;
  const [, year, month, day, hour, minute, second = '00', fraction = '0', zone = 'Z'] = parts;
  const offset = zone.toUpperCase() === 'Z' ? 'Z' : `${zone.slice(0, 3)}:${zone.slice(-2)}`;
  const time = new Date(
    `${year}-${month}-${day}T${hour}:${minute}:${second}.${fraction.slice(0, 3)}${offset}`,
  );
  return Number.isNaN(time.getTime()) ? null : time;
}
