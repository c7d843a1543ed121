import type { OpenAPIHono } from '@hono/zod-openapi';

type Document = ReturnType<OpenAPIHono['getOpenAPIDocument']>;

/** The OpenAPI document of all routes. */
export function describeApi(app: OpenAPIHono): Document {
  const document = app.getOpenAPIDocument({
    openapi: '3.0.3',
    info: {
      title: 'Velolog',
      version: '1',
      description:
        'Bike-share systems: what stations offer and where vehicles are now, what changed and when, and which times were not observed',
    },
  });
  return JSON.parse(JSON.stringify(document), (_, value) => (isAnything(value) ? {} : value));
}

/**
 * The generator writes "anything" as `{"nullable": true}`. OpenAPI 3.0 has no `nullable` without a `type`: validators
 * (Ajv) refuse the whole document. `{}` is anything, null included.
 */
function isAnything(value: unknown): boolean {
  return JSON.stringify(value) === '{"nullable":true}';
}
