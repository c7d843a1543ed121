import { hasControls } from '@velolog/gbfs/values/control-characters';

// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const UNPRINTABLE = /[\u0000-\u001f\u007f-\u009f\u2028-\u202e\u2066-\u2069]/g;
const SHORT: Record<string, string> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' };

/** Text of a feed, a file or a server, for a terminal: what would steer it is written out, as psql does (`\x1B`, `\u202E`, `\n`). */
export function printable(text: string): string {
  if (!hasControls(text)) return text;
  return text.replaceAll(UNPRINTABLE, (character) => {
    const code = character.charCodeAt(0);
    const hex = code.toString(16).toUpperCase();
    return SHORT[character] ?? (code < 0x100 ? `\\x${hex.padStart(2, '0')}` : `\\u${hex}`);
  });
}

/** The same for a message of our own, whose lines are ours. */
export function printableLines(text: string): string {
  return text.split('\n').map(printable).join('\n');
}

/** JSON means the same with these escaped, and JSON.stringify leaves all but C0 as they are. */
export function printableJson(value: unknown, indent?: number): string {
  return JSON.stringify(value, null, indent).replaceAll(
    /[\u007f-\u009f\u2028-\u202e\u2066-\u2069]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
