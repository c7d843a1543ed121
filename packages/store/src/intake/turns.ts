/** Runs what works on a partition one after the other: all of it changes what is held of the partition. */
export type Turns = (partition: number, work: () => Promise<void>) => Promise<void>;

export function turns(): Turns {
  const last = new Map<number, Promise<void>>();
  return (partition, work) => {
    const turn = (last.get(partition) ?? Promise.resolve()).then(work);
    last.set(
      partition,
      turn.catch(() => {}),
    );
    return turn;
  };
}
