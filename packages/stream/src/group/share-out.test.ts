import fc from 'fast-check';
import { expect, test } from 'vitest';
import { shareOut } from './share-out.ts';

const held = fc.uniqueArray(fc.integer({ min: 0, max: 15 }));
const members = fc.dictionary(fc.constantFrom('a', 'b', 'c', 'd', 'e'), held, { minKeys: 1 });

test('each partition has one member, and no member has two more than another', () => {
  fc.assert(
    fc.property(fc.nat(16), members, (count, given) => {
      const partitions = Array.from({ length: count }, (_, index) => index);
      const shares = shareOut(partitions, new Map(Object.entries(given)));
      expect([...shares.values()].flat().toSorted((a, b) => a - b)).toEqual(partitions);
      const sizes = Array.from(shares.values(), ({ length }) => length);
      expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1);
    }),
  );
});

test('a worker that joins or leaves moves no more systems than necessary', () => {
  const twelve = Array.from({ length: 12 }, (_, index) => index);
  const two = shareOut(
    twelve,
    new Map([
      ['a', []],
      ['b', []],
    ]),
  );
  const three = shareOut(twelve, new Map([...two, ['c', []]]));
  const kept = ['a', 'b'].flatMap((id) => three.get(id)?.filter((one) => two.get(id)?.includes(one)) ?? []);
  expect(kept).toHaveLength(8);
  const left = new Map([...three].filter(([id]) => id !== 'b'));
  const again = shareOut(twelve, left);
  for (const [id, share] of left) expect(again.get(id)).toEqual(expect.arrayContaining(share));
});
