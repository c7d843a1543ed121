/** A query parameter that is only a reference: `key=${NAME}`. */
const REFERRING = /(?<=[?&;])([^?&;=#]*)=(\$\{[A-Za-z_][A-Za-z0-9_]*\})(?=[&;#]|$)/g;

export type UrlKey = { parameter: string; reference: string };

/** The keys of a URL, as references to the environment. */
export function urlKeys(url: string): UrlKey[] {
  return Array.from(url.matchAll(REFERRING), ([, parameter = '', reference = '']) => ({
    parameter,
    reference,
  }));
}

/** The URL as the catalogue lists it. */
export function withoutKeys(url: string): string {
  return url
    .replaceAll(REFERRING, '')
    .replaceAll(/([?&;])[&;]+/g, '$1')
    .replace(/[?&;]+(?=#|$)/, '');
}

/** References are not encoded: they must stay as they are. */
export function withKeys(url: string, keys: readonly UrlKey[]): string {
  if (keys.length === 0) return url;
  const [, place = '', fragment = ''] = /^([^#]*)(#.*)?$/s.exec(url) ?? [];
  const query = keys.map(({ parameter, reference }) => `${encodeURIComponent(parameter)}=${reference}`);
  return `${place}${place.includes('?') ? '&' : '?'}${query.join('&')}${fragment}`;
}
