import { createHash } from 'node:crypto';
import { z } from 'zod';
import type { System } from '../sources/system.ts';

/** What is known about a token endpoint. Times are relative to the moment of writing. The note contains no token and no secret. */
const tokenNote = z.object({
  not_before_in_ms: z.number(),
  /** Consecutive failures. */
  failures: z.number(),
  /**
   * How many ingest processes in a row fetched a token, each shortly after the one before: each restart loses its
   * token.
   */
  starts: z.number(),
});

export type TokenNote = z.infer<typeof tokenNote>;

/** Writes what the next process needs, so that a worker that keeps crashing does not fetch a token each time. */
export type TokenKeeper = {
  /** Called before a request. Rejects when it cannot be written and another worker may ask too. */
  claim(key: string, note: TokenNote): Promise<void>;
  note(key: string, note: TokenNote): void;
  /** The host asked for a pause of this length. */
  wait(host: string, seconds: number): void;
};

/** Null when this version cannot read the note. */
export function parseTokenNote(text: string): TokenNote | null {
  try {
    return tokenNote.safeParse(JSON.parse(text)).data ?? null;
  } catch {
    return null;
  }
}

/** Identifies a token endpoint and client. Leaves out the secret: a short one could be guessed from a hash. */
export function tokenKeyOf(credentials: NonNullable<System['authentication']>): string {
  const { token_url, client_id, scope, client_authentication } = credentials;
  const client = JSON.stringify([token_url, client_id, scope, client_authentication]);
  return createHash('sha256').update(client).digest('hex').slice(0, 16);
}
