/** Whether two URLs are the same place: http and https, with and without a slash at the end. */
export function sameUrl(one: string, other: string): boolean {
  const plain = (text: string) =>
    (URL.parse(text)?.href ?? text).replace(/^http:/, 'https:').replace(/\/$/, '');
  return plain(one) === plain(other);
}
