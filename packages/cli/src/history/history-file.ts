import { isUtf8 } from 'node:buffer';
import { createReadStream, readdirSync, statSync } from 'node:fs';
import { open, readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { createInterface } from 'node:readline';
import { createGunzip, createZstdDecompress, gunzipSync, zstdDecompressSync } from 'node:zlib';
import { UserError } from '@velolog/worker/user-error';

/** One recorded body and when it was fetched. */
export type HistoryRecord = { fetched_at: Date; body: Buffer };

/** Yields the recorded bodies of a file or folder, in its order. @throws UserError that names the file and the line it cannot read */
export async function* readHistory(path: string): AsyncGenerator<HistoryRecord> {
  const stat = statSync(path, { throwIfNoEntry: false });
  if (stat === undefined) throw new UserError(`There is no file ${path}`);
  if (stat.isDirectory()) yield* readFolder(path);
  else if (BODY_FILE.test(path)) yield* readBodies([path]);
  else yield* readLines(path);
}

/** A file that holds one body; its name is the time of the fetch. */
const BODY_FILE = /\.json(\.gz|\.zst)?$/i;

async function* readLines(path: string): AsyncGenerator<HistoryRecord> {
  const source = createReadStream(path);
  const packing = await packingOf(path);
  const unpack = packing === 'gzip' ? createGunzip() : packing === 'zstd' ? createZstdDecompress() : null;
  const input = unpack === null ? source : source.pipe(unpack);
  // pipe() does not forward errors.
  source.on('error', (error) => input.destroy(error));
  // latin1 maps each byte to one character: bytes that are not valid UTF-8 must reach the store unchanged, which reads and counts them.
  input.setEncoding('latin1');
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

type Packing = 'none' | 'gzip' | 'zstd';

/** The first bytes of each kind of file. They decide, not the file name. */
const MAGIC: [bytes: string, packing: Packing | null, name: string, unpackWith: string][] = [
  ['1f8b', 'gzip', 'gzip', ''],
  ['28b52ffd', 'zstd', 'Zstandard', ''],
  ['425a68', null, 'bzip2', 'bunzip2'],
  ['fd377a585a', null, 'xz', 'unxz'],
  ['504b0304', null, 'a zip archive', 'unzip'],
];
/** Position of the marker in a tar archive. */
const TAR = { offset: 257, text: 'ustar' };

async function packingOf(path: string): Promise<Packing> {
  const file = await open(path);
  const { buffer } = await file.read(Buffer.alloc(262), 0, 262, 0).finally(() => file.close());
  const isTar = buffer.toString('latin1', TAR.offset) === TAR.text;
  if (isTar || /\.(tar\.\w+|tgz)$/i.test(path)) {
    throw new UserError(
      `${path} is a tar archive: unpack it (tar xf) and give the folder of its files, or the .ndjson in it`,
    );
  }
  const known = MAGIC.find(([bytes]) => buffer.toString('hex').startsWith(bytes));
  if (known !== undefined && known[1] === null) {
    throw new UserError(`${path} is ${known[2]}, which velolog cannot read: unpack it first (${known[3]})`);
  }
  const packing = known?.[1] ?? 'none';
  for (const [ending, wanted] of [
    ['.gz', 'gzip'],
    ['.zst', 'zstd'],
  ] as const) {
    if (path.endsWith(ending) && packing !== wanted) {
      throw new UserError(
        `${path} is not ${wanted}, although its name says so: rename it or download it again`,
      );
    }
  }
  return packing;
}

function notReadable(path: string, lines: number, cause: Error): UserError {
  const after = lines === 0 ? '' : ` after line ${lines}`;
  return new UserError(`Cannot read ${path}${after}: ${cause.message} (is the file truncated?)`, { cause });
}

function readLine(bytes: string, place: string): HistoryRecord {
  const raw = Buffer.from(bytes, 'latin1');
  const isPlain = isUtf8(raw);
  const line = isPlain ? raw.toString('utf8') : bytes;
  let value: { fetched_at?: unknown; body?: unknown } | null;
  try {
    value = JSON.parse(line.replace(/^\uFEFF/, ''));
  } catch (cause) {
    // The message quotes the line, which may contain anything.
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
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  return { fetched_at, body: isPlain ? Buffer.from(text) : bytesOf(text) };
}

/** Turns each latin1 character back into its byte. Characters that the line wrote as an escape (\u0141) become UTF-8. */
function bytesOf(text: string): Buffer {
  const inBytes = text.replaceAll(/[\u0100-\uffff]+/g, (run) => Buffer.from(run).toString('latin1'));
  return Buffer.from(inBytes, 'latin1');
}

async function* readFolder(folder: string): AsyncGenerator<HistoryRecord> {
  const files = readdirSync(folder).filter((name) => BODY_FILE.test(name));
  if (files.length === 0) {
    throw new UserError(
      `${folder} contains no .json, .json.gz or .json.zst files; its subfolders are not searched`,
    );
  }
  yield* readBodies(files.map((name) => join(folder, name)));
}

/** Sorts by the time in the names: sorting the names themselves works only when all have the same format. */
async function* readBodies(paths: string[]): AsyncGenerator<HistoryRecord> {
  const files = paths.map((path) => ({
    path,
    fetched_at: timeInName(basename(path).replace(BODY_FILE, '')),
  }));
  const unnamed = files.find(({ fetched_at }) => fetched_at === null);
  if (unnamed !== undefined) {
    throw new UserError(
      `The name of ${unnamed.path} is not a time; expected 2022-10-23T19-48-48Z.json or epoch seconds (lines of {"fetched_at","body"} belong in a .ndjson file)`,
    );
  }
  const timed = files as { path: string; fetched_at: Date }[];
  timed.sort((a, b) => a.fetched_at.getTime() - b.fetched_at.getTime());
  for (const { path, fetched_at } of timed) {
    const packing = await packingOf(path);
    const content = await readFile(path);
    try {
      const body =
        packing === 'gzip' ? gunzipSync(content) : packing === 'zstd' ? zstdDecompressSync(content) : content;
      yield { fetched_at, body };
    } catch (cause) {
      throw notReadable(path, 0, cause as Error);
    }
  }
}

const TIME_IN_NAME =
  /(?<!\d)(\d{4}-?\d\d-?\d\d[T_ -]\d\d[:_-]?\d\d(?:[:_-]?\d\d(?:[.,]\d{1,9})?)?(?:Z|[+-]\d\d[:-]?\d\d)?|\d{9,10}|\d{12,13})(?![\d])/i;

/** Reads the time from a name that is a time or contains exactly one: `station_status_20221023T194848Z`. */
function timeInName(name: string): Date | null {
  const whole = readTime(name);
  if (whole !== null) return whole;
  const [first, second] = Array.from(name.matchAll(new RegExp(TIME_IN_NAME, 'gi')), ([text]) => text);
  return first === undefined || second !== undefined ? null : readTime(first);
}

/**
 * Reads a time as people write it: RFC 3339; RFC 3339 with dashes, underscores or nothing instead of colons, which file names may not contain
 * (2022-10-23T19-48-48Z, 2022-10-23T19_48_48Z, 20221023T194848Z, 2022-10-23_19-48-48); epoch seconds or milliseconds. A time without a zone is UTC.
 */
export function readTime(written: unknown): Date | null {
  const text = String(written).trim();
  if (/^\d{9,10}(\.\d+)?$/.test(text)) return new Date(Number(text) * 1000);
  if (/^\d{12,13}$/.test(text)) return new Date(Number(text));
  const parts =
    /^(\d{4})-?(\d\d)-?(\d\d)[T_ -](\d\d)[:_-]?(\d\d)(?:[:_-]?(\d\d)(?:[.,](\d{1,9}))?)?(Z|[+-]\d\d[:-]?\d\d)?$/i.exec(
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
