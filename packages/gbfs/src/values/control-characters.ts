/**
 * Invisible characters that control a terminal or the direction of text: C0 and C1, DEL, and the embeddings, overrides and isolates of
 * bidirectional text. The marks U+200E and U+200F are allowed: Arabic and Hebrew names need them, and they affect only their neighbours.
 */
// biome-ignore lint/suspicious/noControlCharactersInRegex: the pattern looks for control characters
const CONTROL = /[\u0000-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/;
const CONTROLS = new RegExp(CONTROL, 'g');
/** Characters that separate words or lines, so a space replaces them. */
const SPACES = /[\t\n\v\f\r\u0085\u2028\u2029]+/g;

export function hasControls(text: string): boolean {
  return CONTROL.test(text) || /[\u2028\u2029]/.test(text);
}

export function withoutControls(text: string): string {
  return text.replaceAll(SPACES, ' ').replaceAll(CONTROLS, '');
}
