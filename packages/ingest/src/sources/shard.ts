import { partitionFor } from './topic.ts';

/** Which part of the systems a worker polls, where several share them without a group: `2/5` is the second of five. */
export type Shard = { number: number; of: number };

/** undefined: what is written is not a shard. */
export function parseShard(text: string): Shard | undefined {
  const [, number = '', of = ''] = /^([1-9]\d{0,3})\/([1-9]\d{0,3})$/.exec(text.trim()) ?? [];
  return number !== '' && Number(number) <= Number(of)
    ? { number: Number(number), of: Number(of) }
    : undefined;
}

export function shardText({ number, of }: Shard): string {
  return `${number}/${of}`;
}

/** All systems of a registrable domain are of one shard: its limits are kept by one worker. */
export function isOfShard(discoveryUrl: string, { number, of }: Shard): boolean {
  return partitionFor(discoveryUrl, of) === number - 1;
}
