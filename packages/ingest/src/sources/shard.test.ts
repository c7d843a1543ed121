import { expect, test } from 'vitest';
import { isOfShard, parseShard } from './shard.ts';

const URLS = Array.from(
  { length: 300 },
  (_, index) => `https://city${index}.operator-${index % 60}.example/gbfs.json`,
);
const shards = (of: number) => Array.from({ length: of }, (_, index) => ({ number: index + 1, of }));

test.each([1, 2, 5])('%d shards share the systems: each has one, by its domain', (of) => {
  const domainsOf = new Map<string, number>();
  for (const url of URLS) {
    const own = shards(of).filter((shard) => isOfShard(url, shard));
    expect(own).toHaveLength(1);
    const domain = new URL(url).hostname.split('.').slice(-2).join('.');
    expect(own[0]?.number).toBe(domainsOf.get(domain) ?? own[0]?.number);
    domainsOf.set(domain, own[0]?.number ?? 0);
  }
  expect(new Set(domainsOf.values()).size).toBe(of);
});

test('a shard is a number of a number', () => {
  expect(parseShard(' 2/5 ')).toEqual({ number: 2, of: 5 });
  for (const text of ['', '0/5', '6/5', '2', '2/0', 'a/b', '-1/2', '1/2/3'])
    expect(parseShard(text)).toBeUndefined();
});
