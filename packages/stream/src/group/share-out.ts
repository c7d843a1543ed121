/**
 * Shares partitions among members as evenly as possible. Members keep the partitions they have where that is possible.
 * @param members partitions that each member has now, by member id
 */
export function shareOut(
  partitions: readonly number[],
  members: ReadonlyMap<string, readonly number[]>,
): Map<string, number[]> {
  const ids = [...members.keys()].toSorted();
  const shares = new Map<string, number[]>(ids.map((id) => [id, []]));
  const free = new Set(partitions);
  const least = Math.floor(partitions.length / ids.length);
  // This many members get one partition more.
  let larger = partitions.length % ids.length;
  // The members with the most partitions come first, so that they may keep the extra one.
  const byHolding = ids.toSorted((a, b) => (members.get(b)?.length ?? 0) - (members.get(a)?.length ?? 0));
  for (const id of byHolding) {
    const share = shares.get(id) ?? [];
    for (const partition of members.get(id) ?? []) {
      const mayTake = share.length < least || (share.length === least && larger > 0);
      if (!mayTake || !free.delete(partition)) continue;
      share.push(partition);
      if (share.length > least) larger--;
    }
  }
  for (const most of [least, least + 1]) {
    for (const id of ids) {
      const share = shares.get(id) ?? [];
      for (const partition of free) {
        if (share.length >= most || (share.length >= least && larger === 0)) break;
        free.delete(partition);
        share.push(partition);
        if (share.length > least) larger--;
      }
    }
  }
  return shares;
}
