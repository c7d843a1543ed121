/** Replaces a value that nobody may read. */
const HIDDEN = '***';

/** Words in the names of parameters that hold keys, as in "apiKey", "access_token", "x-api-key", "X-Amz-Signature". */
const SECRET_WORDS = new Set(
  (
    'key keys apikey appkey subscriptionkey accesskey token accesstoken authtoken tokens secret clientsecret sig signature sign hmac ' +
    'auth authorization authentication bearer password passwd pass pwd passphrase credential credentials jwt session sessionid sid ' +
    'appid clientid user userid username login email pin'
  ).split(' '),
);
/**
 * A key is random text: long, without spaces, and either mixed letters and digits or hexadecimal. Dates, versions and
 * words are not.
 */
const KEY_LENGTH_MIN = 16;

export type Secrets = {
  /** Query parameters that a system's settings mark as secret. */
  parameters: readonly string[];
  /** Values that must not appear anywhere, such as those of its headers. */
  values: readonly string[];
};

/**
 * A URL that is safe to record and log. Values of query parameters that are marked secret, or that look like keys, user
 * names or passwords, become `***`. So does every other occurrence of a value that was hidden in one of the `asked`
 * URLs: redirects repeat them under other names and in paths.
 */
export function redactUrl(
  href: string,
  secrets: Secrets = { parameters: [], values: [] },
  asked: readonly string[] = [],
): string {
  const hidden = new Set(secrets.values.filter(isLongEnough));
  for (const url of [...asked, href]) redactParts(url, secrets.parameters, (value) => hidden.add(value));
  const redacted = redactParts(href, secrets.parameters, () => {});
  const pathAt = redacted.indexOf('/', redacted.indexOf('://') + 3);
  let text = pathAt < 0 ? '' : redacted.slice(pathAt);
  for (const value of [...hidden].filter(isLongEnough).sort((a, b) => b.length - a.length)) {
    for (const form of new Set([value, encodeURIComponent(value), encodeURI(value)])) {
      text = text.replaceAll(form, HIDDEN);
    }
  }
  return redacted.slice(0, pathAt < 0 ? undefined : pathAt) + text;
}

/**
 * The header values that are keys or look like keys. Each word counts separately, so that "Bearer" does not hide what
 * follows it.
 */
export function secretValues(headers: Record<string, string>): string[] {
  return Object.entries(headers).flatMap(([name, value]) => {
    const isSecret = isSecretName(name, []);
    return value.split(/\s+/).filter((word) => isSecret || looksLikeKey(word));
  });
}

/** Whether a header holds a key, judged by its name or value. */
export function isSecretHeader(name: string, value: string): boolean {
  return value.trim() !== '' && secretValues({ [name]: value }).some((word) => word !== '');
}

/** Does the same for every URL in a text, such as an error message. */
export function redactText(text: string): string {
  return text.replaceAll(/https?:\/\/[^\s"'<>]+/gi, (url) => redactUrl(url));
}

/** Short values would also match parts of ordinary words. */
function isLongEnough(value: string): boolean {
  return value.length >= 6;
}

function redactParts(href: string, parameters: readonly string[], onHidden: (value: string) => void): string {
  const [, start = '', authority = '', path = '', query, fragment = ''] =
    /^([a-z][a-z0-9+.-]*:\/\/)?([^/?#]*)([^?#]*)(?:\?([^#]*))?(#.*)?$/is.exec(href) ?? [];
  const host = authority.replace(/^[^@]*@/, `${HIDDEN}@`);
  if (query === undefined) return start + host + path + fragment;
  const pieces = query.split(/([&;])/).map((piece) => redactPiece(piece, parameters, onHidden));
  return `${start}${host}${path}?${pieces.join('')}${fragment}`;
}

function redactPiece(
  piece: string,
  parameters: readonly string[],
  onHidden: (value: string) => void,
): string {
  const at = piece.indexOf('=');
  const name = decode(at < 0 ? piece : piece.slice(0, at));
  const value = at < 0 ? '' : decode(piece.slice(at + 1));
  // A key alone, without a name: "?0123456789abcdef".
  if (value === '') {
    if (!looksLikeKey(name)) return piece;
    onHidden(name);
    return HIDDEN;
  }
  if (!isSecretName(name, parameters) && !looksLikeKey(value)) return piece;
  onHidden(value);
  onHidden(piece.slice(at + 1));
  return `${piece.slice(0, at)}=${HIDDEN}`;
}

function isSecretName(name: string, parameters: readonly string[]): boolean {
  if (parameters.some((parameter) => parameter.toLowerCase() === name.toLowerCase())) return true;
  const words = name
    .replaceAll(/([a-z])([A-Z])/g, '$1 $2')
    .toLowerCase()
    .split(/[^a-z]+/);
  return words.some((word) => SECRET_WORDS.has(word)) || SECRET_WORDS.has(words.join(''));
}

function looksLikeKey(value: string): boolean {
  const text = value.trim();
  if (text.length < KEY_LENGTH_MIN || /\s/.test(text)) return false;
  if (/^https?:\/\//i.test(text)) return /[?&;=]/.test(text);
  // Dates and numbers of any length are not keys.
  if (/^[\d.,:+TZ-]+$/.test(text)) return false;
  return text.split(/[^A-Za-z0-9_+/=-]+/).some((part) => part.length >= KEY_LENGTH_MIN && isRandom(part));
}

function isRandom(part: string): boolean {
  const classes = [/[a-z]/, /[A-Z]/, /\d/].filter((kind) => kind.test(part)).length;
  return classes === 3 || (classes === 2 && /\d.*[a-z].*\d|[a-z].*\d.*[a-z]/i.test(part));
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    return text;
  }
}
