import type { Problem } from './problem.ts';

/** A request that cannot be answered, and what its sender can do about it. Thrown anywhere, answered in app.ts. */
export class ApiProblem extends Error {
  override readonly name = 'ApiProblem';
  readonly problem: Problem;
  readonly headers: Record<string, string>;

  constructor(problem: Omit<Problem, 'type'>, headers: Record<string, string> = {}) {
    super(problem.detail);
    this.problem = { type: 'about:blank', ...problem };
    this.headers = headers;
  }
}

export function badParameter(parameter: string, detail: string, limit?: number | string): ApiProblem {
  return new ApiProblem({
    title: 'Bad request',
    status: 400,
    detail: `${parameter}: ${detail}`,
    parameter,
    ...(limit !== undefined && { limit }),
  });
}

export function notFound(detail: string): ApiProblem {
  return new ApiProblem({ title: 'Not found', status: 404, detail });
}

const RETRY_SECONDS = 5;

export function unavailable(detail: string, retrySeconds = RETRY_SECONDS): ApiProblem {
  return new ApiProblem(
    { title: 'Service unavailable', status: 503, detail },
    { 'retry-after': String(retrySeconds) },
  );
}
