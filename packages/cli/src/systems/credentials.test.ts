import { expect, test } from 'vitest';
import { type CredentialFlags, holdsSecret, parseCredentials } from './credentials.ts';

// biome-ignore lint/suspicious/noTemplateCurlyInString: as it is typed
const REFERENCE = '${MY_KEY}';
const CANARY = 'canary0123456789';
const parse = (flags: Partial<CredentialFlags>) => parseCredentials({ header: [], key: [], ...flags });
const client = { tokenUrl: 'https://a.example/token', clientId: 'me', clientSecret: REFERENCE };

test('headers, keys of the URL and client credentials are given by flags', () => {
  expect(
    parse({ header: [`X-Key: ${REFERENCE}`], key: [`api_key=${REFERENCE}`], ...client, scope: 'read' }),
  ).toEqual({
    headers: { 'X-Key': REFERENCE },
    keys: [{ parameter: 'api_key', reference: REFERENCE }],
    authentication: {
      type: 'oauth2',
      token_url: 'https://a.example/token',
      client_id: 'me',
      client_secret: REFERENCE,
      client_authentication: 'basic',
      scope: 'read',
    },
  });
  expect(parse({})).toEqual({ headers: {}, keys: [] });
});

test.each<[what: string, flags: Partial<CredentialFlags>, message: RegExp]>([
  [
    'a secret as it is',
    { ...client, clientSecret: CANARY },
    /^--client-secret: everyone could read the secret itself/,
  ],
  ['a secret beside its name', { ...client, clientSecret: `${REFERENCE}${CANARY}` }, /the secret itself/],
  ['what the shell made nothing of', { ...client, clientSecret: '' }, /it is empty.*in single quotes/],
  [
    'a key as it is',
    { key: [`key=${CANARY}`] },
    /^--key: everyone could read the secret itself.*'parameter=\$\{NAME/,
  ],
  ['a key without a name', { key: [CANARY] }, /^--key: expected 'parameter=\$\{NAME\}'/],
  ['a header without a name', { header: [CANARY] }, /^--header: expected 'Name: value'/],
  [
    'a client without a secret',
    { tokenUrl: client.tokenUrl, clientId: 'me' },
    /all three of --token-url URL/,
  ],
  ['a scope alone', { scope: 'read' }, /all three of --token-url URL/],
  ['another way', { ...client, clientAuthentication: CANARY }, /expected basic or body/],
])('%s is refused with what to write, and is not repeated', (_, flags, message) => {
  expect(() => parse(flags)).toThrow(message);
  expect(() => parse(flags)).not.toThrow(CANARY);
});

test('a reference to a secret counts as secret; a public value does not', () => {
  const secret = [{ header: [`A: Bearer ${REFERENCE}`] }, { key: [`k=${REFERENCE}`] }, client];
  expect(secret.map((flags) => holdsSecret(parse(flags)))).toEqual([true, true, true]);
  expect(holdsSecret(parse({ header: ['Client-Identifier: me'] }))).toBe(false);
});
