import { random } from '../../history/random.ts';

/** What can happen, and in which proportions. */
export const FAULT_KINDS = {
  'store killed before the transaction': 12,
  'store killed inside the transaction': 12,
  'store killed between commit and Kafka’s commit': 12,
  'store killed inside a rebalance': 10,
  'store stopped past its session, then going on': 4,
  'store killed at a random moment': 20,
  'PostgreSQL killed at a random moment': 20,
  'Kafka killed at a random moment': 10,
  'topic deleted and recreated': 5,
  'Kafka killed, its logs without their ends': 5,
} as const;

export type FaultKind = keyof typeof FAULT_KINDS;

export type PlannedFault = {
  kind: FaultKind;
  /** Which of the workers, and how long after the last polls, as shares in [0, 1). */
  victim: number;
  moment: number;
  /** How long a killed server stays away, as a share. */
  pause: number;
  /** Whether the next fault waits until the effects of this one are over. */
  waits: boolean;
};

/** At least one of each kind, in the proportions of FAULT_KINDS, shuffled. The same seed gives the same plan. */
export function planFaults(seed: number, count: number): PlannedFault[] {
  const next = random(seed);
  const kinds = Object.keys(FAULT_KINDS) as FaultKind[];
  const hundred = kinds.flatMap((kind) => Array.from({ length: FAULT_KINDS[kind] }, () => kind));
  const deck = [...kinds];
  while (deck.length < count) deck.push(hundred[Math.floor(next() * hundred.length)] as FaultKind);
  return shuffled(deck, next).map((kind) => ({
    kind,
    victim: next(),
    moment: next(),
    pause: next(),
    waits: next() < 0.7,
  }));
}

function shuffled<T>(items: T[], next: () => number): T[] {
  return items
    .map((item) => ({ item, at: next() }))
    .sort((a, b) => a.at - b.at)
    .map(({ item }) => item);
}
