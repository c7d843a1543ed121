import { askTrino } from './ask-trino.ts';
import { trinoStatements } from './trino-views.ts';

/** Creates or replaces the schemas and views in Trino. The tables of the lake must exist. */
export async function makeTrinoViews(url: string, signal?: AbortSignal): Promise<void> {
  for (const statement of trinoStatements()) await askTrino(url, statement, { signal });
}
