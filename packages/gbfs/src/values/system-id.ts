/**
 * The ids that a recorded system may have. The id becomes a Kafka key, a metric label, and a part of URLs and file names. Records of other
 * producers may have any name of up to ID_LENGTH_MAX characters.
 */
const SYSTEM_ID = /^[A-Za-z0-9][A-Za-z0-9._:+@-]{0,254}$/;

export const SYSTEM_ID_RULE = 'expected up to 255 of A-Z a-z 0-9 . _ : + @ -, the first a letter or digit';

export function isSystemId(text: string): boolean {
  return SYSTEM_ID.test(text);
}
