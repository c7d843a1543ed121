/** Whether two URLs mean the same place: http and https, and a slash at the end, make no difference. */
export function sameUrl(one: string, other: string): boolean {
  const plain = (text: string) =>
    (URL.parse(text)?.href ?? text).replace(/^http:/, 'https:').replace(/\/$/, '');
  return plain(one) === plain(other);
}
