import { createHash } from 'node:crypto';
import { z } from 'zod';
import type { System } from '../sources/system.ts';

/** What is known of a place that issues access tokens. Times are relative to the moment of writing. No token and no secret is in it. */
const tokenNote = z.object({
  not_before_in_ms: z.number(),
  /** In a row. */
  failures: z.number(),
  /** Ingests in a row that fetched a token shortly after the one before: each restart loses its token. */
  starts: z.number(),
});

export type TokenNote = z.infer<typeof tokenNote>;

/** Writes what a restart has to know, so that a worker that crashes again and again does not ask each time. */
export type TokenKeeper = {
  /** Before a request. Rejects when it cannot be written and another worker may ask too. */
  claim(key: string, note: TokenNote): Promise<void>;
  note(key: string, note: TokenNote): void;
  /** The host asked for no requests for so long. */
  wait(host: string, seconds: number): void;
};

/** null: not a note that this version can read. */
export function parseTokenNote(text: string): TokenNote | null {
  try {
    return tokenNote.safeParse(JSON.parse(text)).data ?? null;
  } catch {
    return null;
  }
}

/** Of the place and the client. Not of the secret: from a hash a short one could be guessed. */
export function tokenKeyOf(credentials: NonNullable<System['authentication']>): string {
  const { token_url, client_id, scope, client_authentication } = credentials;
  const client = JSON.stringify([token_url, client_id, scope, client_authentication]);
  return createHash('sha256').update(client).digest('hex').slice(0, 16);
}
