import { describe, expect, test } from 'vitest';
import { parseCatalogue } from './catalogue.ts';
import { healed, healingOf, type SystemStatus } from './healing.ts';
import { isTerminated } from './termination.ts';
import { parseEntry, type TopicEntry } from './topic.ts';

const HOUR = 3_600_000;
const NOW = new Date('2026-11-26T12:00:00Z');
const HEAD =
  'Country Code,Name,Location,System ID,URL,Auto-Discovery URL,Authentication Type,Authentication Parameter Name';
const catalogue = parseCatalogue(
  [
    HEAD,
    'NO,Mover,Oslo,mover,,https://new.example/gbfs,,',
    'NO,Stayer,Oslo,stayer,,http://stayer.example/gbfs/,,',
    'NO,Keyed,Oslo,keyed,,https://keyed.example/gbfs,2,X-Key',
    'NO,Keyed by URL,Oslo,url-keyed,,https://url.example/gbfs,1,key',
    'NO,Token,Oslo,token,,https://token.example/gbfs,2,Authorization',
    'NO,Plain,Oslo,plain,,http://plain.example/gbfs,,',
  ].join('\n'),
);

function entryOf(id: string, more: Partial<TopicEntry> = {}): TopicEntry {
  const value = { id, discovery_url: `https://${id}.example/gbfs`, source: 'catalogue', ...more };
  return parseEntry(id, JSON.stringify(value));
}

const withHeader = { headers: { 'x-key': 'secret' } };
const oauth2 = {
  type: 'oauth2',
  token_url: 'https://old.example/token',
  client_id: 'me',
  // biome-ignore lint/suspicious/noTemplateCurlyInString: as it is written
  client_secret: '${KEY}',
  client_authentication: 'basic',
} as const;

const failing = (hours: number): SystemStatus => ({ failingMs: hours * HOUR, ending: null });
const answers: SystemStatus = { failingMs: null, ending: null };
const heal = (entry: TopicEntry, status: SystemStatus, known: typeof catalogue | null = catalogue) =>
  healingOf(entry, status, { catalogue: known, healAfterMs: 6 * HOUR });

describe('a system whose discovery has failed for six hours', () => {
  test('moves to the URL that its row has now, and says from where', () => {
    const entry = entryOf('mover', { ended: { reason: 'not_in_catalogue', at: 'then' }, country: 'NO' });
    const healing = heal(entry, failing(6));
    expect(healed(entry, healing, NOW)).toEqual({
      ...entryOf('mover', { country: 'NO' }),
      discovery_url: 'https://new.example/gbfs',
      moved: { from: 'https://mover.example/gbfs', at: NOW.toISOString() },
    });
  });

  test('is found by its id in the catalogue, where it is recorded under another', () => {
    expect(heal(entryOf('mine', { listed_as: 'mover' }), failing(7)).kind).toBe('move');
  });

  test.each([
    ['has failed for less', entryOf('mover'), failing(5.9), catalogue],
    ['answers', entryOf('mover'), answers, catalogue],
    ['is listed where it is, but for the slash and https', entryOf('stayer'), failing(9), catalogue],
    [
      'is listed where it is, under another id',
      entryOf('unknown', { discovery_url: 'https://new.example/gbfs' }),
      failing(9),
      catalogue,
    ],
    ['was given by URL', entryOf('mover', { source: 'command' }), failing(9), catalogue],
    ['is of systems.json', entryOf('mover', { source: 'file' }), failing(9), catalogue],
    ['is unknown, since the catalogue cannot be read', entryOf('gone'), failing(9), null],
  ])('stays as it is when it %s', (_, entry, status, known) => {
    expect(heal(entry, status, known)).toEqual({ kind: 'none' });
  });

  test('does not move to a URL that needs a key', () => {
    const entry = entryOf('keyed', { discovery_url: 'https://old.keyed.example/gbfs' });
    expect(heal(entry, failing(9)).kind).toBe('needs_key');
    // biome-ignore lint/suspicious/noTemplateCurlyInString: as it is written
    expect(heal({ ...entry, headers: { 'x-key': '${KEY}' } }, failing(9)).kind).toBe('move');
  });

  test('takes its key along in the URL, and its client credentials, within its domain', () => {
    // biome-ignore lint/suspicious/noTemplateCurlyInString: as it is written
    const KEY = '${KEY}';
    const keyed = entryOf('url-keyed', { discovery_url: `https://old.url.example/gbfs?key=${KEY}` });
    expect(healed(keyed, heal(keyed, failing(9)), NOW)).toMatchObject({
      discovery_url: `https://url.example/gbfs?key=${KEY}`,
    });
    const other = { ...keyed, discovery_url: `https://old.url.example/gbfs?other=${KEY}` };
    expect(heal(other, failing(9)).kind).toBe('needs_key');
    const there = { ...keyed, discovery_url: `https://url.example/gbfs?key=${KEY}` };
    expect(heal(there, failing(9))).toEqual({ kind: 'none' });
    const token = entryOf('token', { discovery_url: 'https://old.token.example/gbfs' });
    expect(heal(token, failing(9)).kind).toBe('needs_key');
    expect(heal({ ...token, authentication: oauth2 }, failing(9)).kind).toBe('move');
  });

  // biome-ignore-start lint/suspicious/noTemplateCurlyInString: as it is written
  test.each<[what: string, id: string, more: Partial<TopicEntry>, kind: string]>([
    ['a header', 'mover', { headers: { 'x-key': '${KEY}' } }, 'keys_stay'],
    ['a header that may be no key', 'mover', { headers: { 'client-name': 'me' } }, 'keys_stay'],
    ['a key in the URL', 'mover', { discovery_url: 'https://old.example/gbfs?key=${KEY}' }, 'keys_stay'],
    [
      'a key that the row names',
      'url-keyed',
      { discovery_url: 'https://old.example/gbfs?key=${KEY}' },
      'keys_stay',
    ],
    ['client credentials', 'mover', { authentication: oauth2 }, 'keys_stay'],
    [
      'a header, to another host',
      'mover',
      { ...withHeader, discovery_url: 'https://cdn.new.example/gbfs' },
      'move',
    ],
    [
      'a header, out of https',
      'plain',
      { ...withHeader, discovery_url: 'https://cdn.plain.example/gbfs' },
      'keys_stay',
    ],
    [
      'a header, never in https',
      'plain',
      { ...withHeader, discovery_url: 'http://cdn.plain.example/gbfs' },
      'move',
    ],
    [
      'a name like its own',
      'mover',
      { ...withHeader, discovery_url: 'https://not-new.example/gbfs' },
      'keys_stay',
    ],
    ['nothing', 'mover', {}, 'move'],
  ])('that has %s takes it to no other domain, and not out of https', (_, id, more, kind) => {
    const entry = entryOf(id, more);
    const healing = heal(entry, failing(9));
    expect(healing.kind).toBe(kind);
    if (kind === 'keys_stay') expect(healed(entry, healing, NOW)).toBeNull();
  });
  // biome-ignore-end lint/suspicious/noTemplateCurlyInString: as it is written

  test('has ended when its row is gone', () => {
    expect(heal(entryOf('gone'), failing(9))).toEqual({ kind: 'end', reason: 'not_in_catalogue' });
  });
});

test.each(['http_410', 'terminated'] as const)(
  '%s ends a system of any source, and is marked once',
  (ending) => {
    const entry = entryOf('file', { source: 'file' });
    const healing = heal(entry, { failingMs: null, ending });
    const marked = healed(entry, healing, NOW);
    expect(marked).toMatchObject({ ended: { reason: ending } });
    expect(heal(marked as TopicEntry, { failingMs: null, ending })).toEqual({ kind: 'none' });
  },
);

test('a system that answers again is marked no longer; one that only fails is', () => {
  const entry = entryOf('back', { ended: { reason: 'http_410', at: 'then' } });
  expect(heal(entry, failing(1))).toEqual({ kind: 'none' });
  expect(healed(entry, heal(entry, answers), NOW)).not.toHaveProperty('ended');
});

test.each([
  ['2026-11-24', true],
  ['2026-11-26', false],
  ['2027-01-01', false],
  ['2026-02-30', false],
  ['24.11.2026', false],
  [20261124, false],
  [null, false],
])('termination_date %j is over: %s', (termination_date, isOver) => {
  const body = Buffer.from(JSON.stringify({ data: { termination_date } }));
  expect(isTerminated(body, null, NOW.getTime())).toBe(isOver);
});
