import type { OpenAPIHono } from '@hono/zod-openapi';
import type { Context } from 'hono';
import { badParameter } from '../api/api-problem.ts';

/** What scripts add so that no cache answers. jQuery calls it that; it means nothing to us. */
const CACHE_BUSTER = '_';

/**
 * Refuses a query parameter that the route does not declare: a misspelled one (`?form=` for `?from=`) would get an answer to another question. Refuses
 * one that is given twice, too: which of the values counts?
 * @returns a check for requests that a route of this app takes
 */
export function checkParameters(app: OpenAPIHono): (context: Context) => void {
  let declared: Map<string, string[]> | undefined;
  return (context) => {
    declared ??= declaredParameters(app);
    const known = declared.get(context.req.routePath) ?? [];
    for (const [name, values] of Object.entries(context.req.queries())) {
      if (name === CACHE_BUSTER) continue;
      if (!known.includes(name)) throw badParameter(name, `is not a parameter here; ${listed(known)}`);
      if (values.length > 1) throw badParameter(name, `is given ${values.length} times; it takes one value`);
    }
  };
}

function declaredParameters({ openAPIRegistry }: OpenAPIHono): Map<string, string[]> {
  const declared = new Map<string, string[]>();
  for (const definition of openAPIRegistry.definitions) {
    if (definition.type !== 'route') continue;
    const { path, request } = definition.route;
    const shape = (request?.query as { shape?: object } | undefined)?.shape ?? {};
    declared.set(path.replaceAll(/\/{(.+?)}/g, '/:$1'), Object.keys(shape).toSorted());
  }
  return declared;
}

function listed(names: string[]): string {
  if (names.length === 0) return 'there are none';
  return names.length === 1 ? `the only one is ${names[0]}` : `there are ${names.join(', ')}`;
}
