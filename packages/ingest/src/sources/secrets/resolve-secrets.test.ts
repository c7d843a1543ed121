import { expect, test } from 'vitest';
import { parseEntry } from '../topic.ts';
import { resolveSecrets } from './resolve-secrets.ts';

// biome-ignore-start lint/suspicious/noTemplateCurlyInString: as it is written
const entry = {
  id: 'oslo',
  discovery_url: 'https://oslo.example/gbfs?key=${KEY}',
  headers: { 'X-Key': 'a ${KEY}' },
  authentication: {
    type: 'oauth2',
    token_url: 'https://oslo.example/token',
    client_id: 'me',
    client_secret: '${CLIENT}',
  },
  source: 'catalogue',
  listed_as: 'oslo@list',
  country: 'NO',
};
// biome-ignore-end lint/suspicious/noTemplateCurlyInString: as it is written

test('an entry as velolog.systems has it gets its secrets, in its URL, headers and client', () => {
  const resolved = resolveSecrets(parseEntry('oslo', JSON.stringify(entry)), { KEY: 'b c', CLIENT: 'd\ne' });
  expect(resolved).toMatchObject({
    discovery_url: 'https://oslo.example/gbfs?key=b%20c',
    headers: { 'X-Key': 'a b c' },
    authentication: { client_secret: 'd\ne' },
    secretValues: ['b c', 'd\ne'],
  });
});

test('a secret that no header can carry is refused without being said', () => {
  const parsed = parseEntry('oslo', JSON.stringify(entry));
  expect(() => resolveSecrets(parsed, { KEY: 'b\nc', CLIENT: 'd' })).toThrow(
    /^what its references stand for cannot be part of a header or a URL$/,
  );
});
