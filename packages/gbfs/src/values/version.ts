/** Reads a version as GBFS writes it ("2.3", "3.1-RC3"); `undefined` when there is none. It is only shown; nothing depends on it. */
export function readVersion(value: unknown): string | undefined {
  const text = typeof value === 'number' ? String(value) : value;
  return typeof text === 'string' && /^[\w.+-]{1,32}$/.test(text.trim()) ? text.trim() : undefined;
}
