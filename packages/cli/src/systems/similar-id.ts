import { distance } from 'fastest-levenshtein';

/** Of the longer one's letters, at most this share may have to change: `fjord-olso` is `fjord-oslo`, `paris` is not `oslo`. */
const CHANGED_SHARE_MAX = 0.4;

/** The known id that was probably meant: one that contains it, or is contained in it, or differs by a few letters. Null where none is. */
export function similarId(id: string, known: readonly string[]): string | null {
  const wanted = id.toLowerCase();
  const scored = known.flatMap((one) => {
    const share = changedShare(wanted, one.toLowerCase());
    return share <= CHANGED_SHARE_MAX ? [{ one, share }] : [];
  });
  return scored.toSorted((a, b) => a.share - b.share)[0]?.one ?? null;
}

const PART_LENGTH_MIN = 3;

function changedShare(a: string, b: string): number {
  const [short, long] = a.length < b.length ? [a, b] : [b, a];
  const isPart = short.length >= PART_LENGTH_MIN && long.includes(short);
  const share = distance(a, b) / Math.max(long.length, 1);
  return isPart ? Math.min(share, CHANGED_SHARE_MAX) : share;
}
