import { askTrino } from './ask-trino.ts';
import { trinoStatements } from './trino-views.ts';

/** Makes the schemas and views in Trino, or makes them again. The tables of the lake have to be there. */
export async function makeTrinoViews(url: string, signal?: AbortSignal): Promise<void> {
  for (const statement of trinoStatements()) await askTrino(url, statement, { signal });
}
