import type { Context } from 'hono';
import { accepts } from 'hono/accepts';

const AS_IT_IS = 'identity';

/**
 * The first of our encodings that the client accepts; `q=0` is a refusal. Null when the answer is sent uncompressed.
 */
export function acceptedEncoding(context: Context, ours: string[]): string | null {
  const encoding = accepts(context, {
    header: 'Accept-Encoding',
    supports: ours,
    default: AS_IT_IS,
    match: (accepted, { supports }) => {
      const isAccepted = (encoding: string) => {
        const named = accepted.find(({ type }) => type.toLowerCase() === encoding);
        return ((named ?? accepted.find(({ type }) => type === '*'))?.q ?? 0) > 0;
      };
      return supports.find(isAccepted) ?? AS_IT_IS;
    },
  });
  return encoding === AS_IT_IS ? null : encoding;
}
