import { isKafkaError } from '@velolog/stream/kafka/kafka-error';
import { isOurMistake } from '@velolog/worker/describe-error';
import { SchemaValidationError } from 'slonik';
import type { BatchFailureCode } from '../codes.ts';
import { PositionMoved } from '../tables/kafka-position.ts';

/**
 * Why records could not be stored. Some causes lie in the records and return with them: `refused` (the database cannot
 * keep their values), `statement_timeout` (perhaps) and `unexpected` (our own mistake, perhaps). The others lie outside
 * the records and pass.
 */
export type FailureCause = Exclude<BatchFailureCode, 'dead_letters'>;

export function causeOf(error: unknown): FailureCause {
  if (error instanceof PositionMoved) return 'position_moved';
  if (isKafkaError(error)) return 'kafka';
  const code = sqlState(error);
  if (code === '57014') return 'statement_timeout';
  if (code === '55P03') return 'lock_timeout';
  if (code !== null) return isRefusal(code) ? 'refused' : 'database';
  return error instanceof SchemaValidationError || isOurMistake(error) ? 'unexpected' : 'database';
}

/**
 * SQLSTATE classes that no retry can fix: 21 and 22 (invalid data), 23 (a constraint forbids it), 54 (a limit of
 * PostgreSQL is exceeded), and errors that a trigger raises.
 */
function isRefusal(code: string): boolean {
  return /^(21|22|23|54)...$|^P0001$/.test(code);
}

function sqlState(error: unknown): string | null {
  for (let at = error; at instanceof Error; at = at.cause) {
    const { code } = at as { code?: unknown };
    if (typeof code === 'string' && /^[0-9A-Z]{5}$/.test(code)) return code;
  }
  return null;
}
