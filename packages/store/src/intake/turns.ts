/** Runs the tasks of a partition one after the other, because each of them changes the state of the partition. */
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
