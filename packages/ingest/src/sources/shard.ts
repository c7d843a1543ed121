import { partitionFor } from './topic.ts';

/** The part of the systems that a worker polls when several share them without a group: `2/5` is the second of five. */
export type Shard = { number: number; of: number };

/** Undefined when the text is not a shard. */
export function parseShard(text: string): Shard | undefined {
  const [, number = '', of = ''] = /^([1-9]\d{0,3})\/([1-9]\d{0,3})$/.exec(text.trim()) ?? [];
  return number !== '' && Number(number) <= Number(of)
    ? { number: Number(number), of: Number(of) }
    : undefined;
}

export function shardText({ number, of }: Shard): string {
  return `${number}/${of}`;
}

/** All systems of a registrable domain are in one shard, so that one worker keeps the limits of the domain. */
export function isOfShard(discoveryUrl: string, { number, of }: Shard): boolean {
  return partitionFor(discoveryUrl, of) === number - 1;
}
