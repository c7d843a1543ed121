import { ApiProblem, unavailable } from '../api/api-problem.ts';

// PostgreSQL's classes and codes for connection, authorization, resources and operator intervention, and for a schema
// `api` that a starting store is creating or has not created yet.
const AWAY = /^(08|28|53|57|58|XX)|^(3D000|3F000|42P01|42883|42501|55P03|40001|40P01)$/;
const QUERY_CANCELED = '57014';

/** What a database failure means to the client. Any other error is returned unchanged: it is our mistake. */
export function explainFailure(error: unknown): unknown {
  if (!(error instanceof Error) || error instanceof ApiProblem) return error;
  const code = (error as { code?: unknown }).code;
  if (code === QUERY_CANCELED)
    return unavailable('The database took too long to answer; request less, or try later');
  if (typeof code === 'string' && (AWAY.test(code) || isNetworkCode(code))) return away();
  // pg has no code for these.
  if (
    /^(Connection terminated|timeout exceeded when trying to connect|Client has encountered a connection error|The client is closed|Cannot use a pool after)/.test(
      error.message,
    )
  ) {
    return away();
  }
  return error;
}

function isNetworkCode(code: string): boolean {
  return /^E(CONN|PIPE|TIMEDOUT|HOST|NET|AI_|NOTFOUND|ADDR)/.test(code);
}

function away(): ApiProblem {
  return unavailable('The database is not available at the moment. Recorded data is safe; try again');
}
