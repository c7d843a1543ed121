// biome-ignore lint/suspicious/noControlCharactersInRegex: the pattern looks for control characters
const UNPRINTABLE = /[\u0000-\u001f\u007f-\u009f\u2028-\u202e\u2066-\u2069]/g;
const SHORT: Record<string, string> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' };

/** Makes text from a feed, file or server safe for a terminal: writes control characters as escapes, as psql does (`\x1B`, `\u202E`, `\n`). */
export function printable(text: string): string {
  return text.replaceAll(UNPRINTABLE, (character) => SHORT[character] ?? writtenOut(character));
}

function writtenOut(character: string): string {
  const code = character.charCodeAt(0);
  const hex = code.toString(16).toUpperCase();
  return code < 0x100 ? `\\x${hex.padStart(2, '0')}` : `\\u${hex}`;
}

/** The same for a message of our own, which keeps its line breaks. */
export function printableLines(text: string): string {
  return text.split('\n').map(printable).join('\n');
}

/** JSON.stringify escapes only C0 characters; this escapes the others, too. The JSON means the same. */
export function printableJson(value: unknown, indent?: number): string {
  return JSON.stringify(value, null, indent).replaceAll(
    /[\u007f-\u009f\u2028-\u202e\u2066-\u2069]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

const STEERING: Record<string, string> = { r: '\\\\r', b: '\\\\x08', f: '\\\\x0C' };

/** Escapes control characters inside the strings of a JSON line that will be printed as text. Keeps the newlines and tabs of stack traces. */
export function printableStrings(line: string): string {
  return line.replaceAll(
    /\\u([0-9a-fA-F]{4})|\\(.)|[\u007f-\u009f\u2028-\u202e\u2066-\u2069]/g,
    (found: string, hex?: string, short?: string) => {
      if (short !== undefined) return STEERING[short] ?? found;
      const character = hex === undefined ? found : String.fromCharCode(Number.parseInt(hex, 16));
      return printable(character) === character ? found : `\\${writtenOut(character)}`;
    },
  );
}
