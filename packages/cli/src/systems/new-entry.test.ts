import { afterEach, expect, test, vi } from 'vitest';
import { catalogueOf } from './catalogue/test-catalogue.ts';
import { parseHeaders } from './credentials.ts';
import { entryOfRow, entryOfUrl, rowOf } from './new-entry.ts';

const catalogue = catalogueOf(
  'DE,Keyed,Hamburg,keyed,,https://keyed.example/gbfs.json,2.3,https://keyed.example/keys,2,Client-Id|Api-Key',
  'DE,Keyed by URL,Bremen,url-keyed,,https://url.example/gbfs.json,2.3,,1,key',
  'DE,Bearer,Kiel,bearer,,https://bearer.example/gbfs.json,2.3,,2,Authorization',
  'FR,One,La Rochelle,twice,,https://one.example/gbfs.json,3.0,,,',
  'FR,Other,La Rochelle,twice,,https://other.example/gbfs.json,3.0,,,',
  'NO,Fjord,Oslo,fjord-oslo,,https://fjord.example/gbfs.json,3.0,,,',
  'US,Spaced,Los Angeles,spin los angeles,,https://spaced.example/gbfs.json,2.3,,,',
);
// biome-ignore lint/suspicious/noTemplateCurlyInString: as it is typed
const KEY = '${MY_KEY}';
const add = (id: string, ...headers: string[]) =>
  entryOfRow(rowOf(catalogue, id), { headers: parseHeaders(headers) });

afterEach(() => vi.unstubAllEnvs());

test('an id of the catalogue is enough', () => {
  expect(add('fjord-oslo')).toMatchObject({
    id: 'fjord-oslo',
    discovery_url: 'https://fjord.example/gbfs.json',
    source: 'catalogue',
  });
});

test('an id with spaces is added as it is listed, under a name that can be a key', () => {
  expect(add('spin los angeles').id).toBe('spin_los_angeles');
  expect(add('spin_los_angeles').id).toBe('spin_los_angeles');
});

test('a system that is listed twice has to be chosen', () => {
  expect(() => add('twice')).toThrow(
    'twice is listed more than once; choose one:\n  twice@one.example  One, La Rochelle\n  twice@other.example  Other, La Rochelle',
  );
  expect(add('twice@one.example').discovery_url).toBe('https://one.example/gbfs.json');
});

test('an id that is not listed is answered with those near it', () => {
  expect(() => add('fjord-olso')).toThrow(/The catalogue has no system "fjord-olso"\. Similar: fjord-oslo, /);
});

test.each(['example.org/gbfs.json', '10.0.0.1', 'localhost:8080/gbfs.json'])(
  '%s, a URL without its beginning, is told so',
  (target) => {
    expect(() => add(target)).toThrow('If it is a URL, begin it with https://');
    expect(() => add('twice@three.example')).not.toThrow('If it is a URL');
  },
);

test('one that wants a key says where keys are given, and how to give it without writing it down', () => {
  // biome-ignore lint/suspicious/noTemplateCurlyInString: as it is typed
  const keys = ['Client-Id: ${CLIENT}', 'Api-Key: ${KEY}'];
  expect(() => add('keyed')).toThrow(
    /^keyed needs a key\. Ask for one at https:\/\/keyed.example\/keys\. .*--header 'Client-Id: \$\{MY_KEY\}' --header 'Api-Key/,
  );
  expect(() => add('url-keyed')).toThrow(/systems add 'https:\/\/url.example\/gbfs.json\?key=\$\{MY_KEY\}'/);
  expect(() => add('keyed', 'Client-Id: ab12cd34ef56ab78', 'Api-Key: ab12cd34ef56ab78')).toThrow(
    'The header Client-Id contains a key, which everyone could read in Kafka',
  );
  expect(add('keyed', ...keys).headers).toEqual(parseHeaders(keys));
});

test('one that wants a key in its URL gets it by a flag, and stays a system of the catalogue', () => {
  const given = { headers: {}, keys: [{ parameter: 'key', reference: KEY }] };
  expect(entryOfRow(rowOf(catalogue, 'url-keyed'), given)).toMatchObject({
    discovery_url: `https://url.example/gbfs.json?key=${KEY}`,
    source: 'catalogue',
  });
});

test('client credentials go into the entry, and stand for the header Authorization', () => {
  const authentication = {
    type: 'oauth2',
    token_url: 'https://token.example/token',
    client_id: 'me',
    client_secret: KEY,
    client_authentication: 'basic',
  } as const;
  const row = rowOf(catalogue, 'bearer');
  expect(() => entryOfRow(row, { headers: {} })).toThrow(/--header 'Authorization: /);
  expect(entryOfRow(row, { headers: {}, authentication })).toMatchObject({ authentication });
  const onPlainHttp = { ...authentication, token_url: 'not a URL' };
  expect(() => entryOfRow(row, { headers: {}, authentication: onPlainHttp })).toThrow(
    'Cannot add bearer: authentication.token_url: expected an http or https URL',
  );
});

test('a secret that is not here is named before a publisher is asked', async () => {
  const adding = entryOfUrl(
    'https://url.example/gbfs.json',
    { headers: {}, keys: [{ parameter: 'key', reference: KEY }] },
    { catalogue, allowPrivate: false, signal: new AbortController().signal },
  );
  await expect(adding).rejects.toThrow(
    /^Cannot ask https:\/\/url\.example.*neither MY_KEY nor MY_KEY_FILE is set\. .* set the secret for this command, too$/,
  );
});

test('a private address is refused before it is asked', async () => {
  vi.stubEnv('ALLOW_PRIVATE_FEEDS', '0');
  const signal = new AbortController().signal;
  const adding = entryOfUrl(
    'http://169.254.169.254/gbfs.json',
    { headers: {} },
    { catalogue, allowPrivate: false, signal },
  );
  await expect(adding).rejects.toThrow(
    'its address is not on the public internet; ALLOW_PRIVATE_FEEDS=1 permits such feeds, here and for ingest',
  );
});
