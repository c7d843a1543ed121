import { isUtf8 } from 'node:buffer';
import { type Tally, tally } from './tally.ts';

/** A run of non-ASCII letters in UTF-8, in a string whose characters are bytes (latin1). */
const UTF8_LETTERS =
  /(?:[\xc2-\xdf][\x80-\xbf]|\xe0[\xa0-\xbf][\x80-\xbf]|[\xe1-\xec\xee\xef][\x80-\xbf]{2}|\xed[\x80-\x9f][\x80-\xbf]|\xf0[\x90-\xbf][\x80-\xbf]{2}|[\xf1-\xf3][\x80-\xbf]{3}|\xf4[\x80-\x8f][\x80-\xbf]{2})+/g;
/** Some 10 ms of work. A body that changes its charset more often than that is not text. */
const UTF8_RUNS_MAX = 10_000;
/** Charsets whose text can look like valid UTF-8 but means something else, because all its bytes can be below 0x80. */
const PASSES_FOR_UTF8 = /^(iso-2022-|utf-?16)/i;
const WINDOWS_1252 = new TextDecoder('windows-1252');
const UTF_16_MARKS: [mark: number, charset: string][] = [
  [0xfffe, 'utf-16le'],
  [0xfeff, 'utf-16be'],
];

/**
 * Decodes a body to text. JSON is UTF-8, so bytes that are valid UTF-8 are read as such whatever content-type says: many servers add
 * charset=ISO-8859-1 by default. Other bodies are tallied and read in the charset of content-type. If that is missing or wrong, each byte
 * that is not UTF-8 counts as windows-1252. U+FFFD instead would lose the letter, and could make two ids that differ only in it the same.
 */
export function bodyText(bytes: Buffer, contentType: string | null, coerced: Tally): string {
  const charset = /charset\s*=\s*"?\s*([\w.:+-]+)/i.exec(contentType ?? '')?.[1];
  if (isUtf8(bytes) && !PASSES_FOR_UTF8.test(charset ?? '')) return bytes.toString('utf8');
  tally(coerced, 'body_not_utf8');
  const marked = bytes.length >= 2 && UTF_16_MARKS.find(([mark]) => bytes.readUInt16BE() === mark)?.[1];
  return decodeAs(marked || charset, bytes) ?? repairUtf8(bytes);
}

/** Returns `undefined` when there is no such charset, or the bytes are not valid in it. */
function decodeAs(charset: string | undefined, bytes: Buffer): string | undefined {
  if (charset === undefined || /^utf-?8$/i.test(charset)) return undefined;
  try {
    return new TextDecoder(charset, { fatal: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

/** Repairs letter by letter, so that one name that was cut or pasted wrongly does not change the others. */
function repairUtf8(bytes: Buffer): string {
  let text = '';
  let end = 0;
  let runs = 0;
  for (const { index, 0: run } of bytes.toString('latin1').matchAll(UTF8_LETTERS)) {
    if (++runs > UTF8_RUNS_MAX) return WINDOWS_1252.decode(bytes);
    text += WINDOWS_1252.decode(bytes.subarray(end, index));
    end = index + run.length;
    text += bytes.toString('utf8', index, end);
  }
  return text + WINDOWS_1252.decode(bytes.subarray(end));
}
