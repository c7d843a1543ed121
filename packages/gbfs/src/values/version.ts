/** A version as GBFS writes them ("2.3", "3.1-RC3"); `undefined` when there is none to read. It is shown, never decided by. */
export function readVersion(value: unknown): string | undefined {
  const text = typeof value === 'number' ? String(value) : value;
  return typeof text === 'string' && /^[\w.+-]{1,32}$/.test(text.trim()) ? text.trim() : undefined;
}
