import { readdirSync, statSync, truncateSync } from 'node:fs';
import { join } from 'node:path';

/**
 * Cuts off the end of a partition's log, as a power cut does to data that was not on disk yet. Only for a Kafka that
 * was killed.
 * @param share how much of its bytes stays; at its next start Kafka drops the batch that contains the cut
 */
export function cutLog(kafkaDirectory: string, topic: string, partition: number, share: number): void {
  const directory = findDirectory(kafkaDirectory, `${topic}-${partition}`);
  const segments = readdirSync(directory).filter((name) => name.endsWith('.log'));
  for (const [index, name] of segments.sort().entries()) {
    const file = join(directory, name);
    if (index === segments.length - 1) truncateSync(file, Math.floor(statSync(file).size * share));
  }
}

function findDirectory(within: string, name: string): string {
  for (const entry of readdirSync(within, { recursive: true, withFileTypes: true })) {
    if (entry.isDirectory() && entry.name === name) return join(entry.parentPath, entry.name);
  }
  throw new Error(`There is no ${name} in ${within}`);
}
