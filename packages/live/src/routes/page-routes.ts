import { readFile } from 'node:fs/promises';
import { extname } from 'node:path';
import type { OpenAPIHono } from '@hono/zod-openapi';
import type { Context } from 'hono';
import type { PageConfig } from '../api/page-config.ts';
import { acceptedEncoding } from './accepted-encoding.ts';

const CONTENT_TYPES: Record<string, string> = {
  '.css': 'text/css; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
  '.ico': 'image/x-icon',
  '.js': 'text/javascript; charset=utf-8',
  '.json': 'application/json',
  '.geojson': 'application/geo+json',
  '.png': 'image/png',
  '.svg': 'image/svg+xml; charset=utf-8',
  '.txt': 'text/plain; charset=utf-8',
  '.webmanifest': 'application/manifest+json',
  '.woff2': 'font/woff2',
};

const ASSET_NAME = /^[\w-]+(\.[\w-]+)+$/;

/** The page as the bundler made it: index.html, and assets whose names contain a hash of their content. */
export function addPageRoutes(app: OpenAPIHono, folder: URL, config: PageConfig): void {
  const policy = contentSecurityPolicy(config.tiles_url);
  app.get('/', async (context) => {
    const page = await readFor(context, new URL('index.html', folder));
    if (page === null)
      return context.text('The page has not been built: npm run build -w @velolog/live\n', 503);
    return send(context, page, '.html', { 'cache-control': 'no-cache', 'content-security-policy': policy });
  });
  app.get('/config.json', (context) => context.json(config, 200, { 'cache-control': 'no-cache' }));
  app.get('/assets/:name', async (context) => {
    const name = context.req.param('name');
    const asset = ASSET_NAME.test(name) ? await readFor(context, new URL(`assets/${name}`, folder)) : null;
    if (asset === null) return context.notFound();
    return send(context, asset, extname(name), { 'cache-control': 'public, max-age=31536000, immutable' });
  });
}

/** Allows only this server and the one host of the configured tiles. */
export function contentSecurityPolicy(tilesUrl: string | null): string {
  const tiles = tilesUrl === null ? '' : ` ${new URL(tilesUrl.replaceAll(/[{}]/g, '')).origin}`;
  return [
    "default-src 'self'",
    "style-src 'self'",
    `img-src 'self' data: blob:${tiles}`,
    `connect-src 'self'${tiles}`,
    "worker-src 'self' blob:",
    "object-src 'none'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; ');
}

function send(
  context: Context,
  { body, encoding }: Stored,
  extension: string,
  headers: Record<string, string>,
): Response {
  return context.body(body, 200, {
    'content-type': CONTENT_TYPES[extension] ?? 'application/octet-stream',
    'x-content-type-options': 'nosniff',
    'referrer-policy': 'no-referrer',
    vary: 'accept-encoding',
    ...(encoding && { 'content-encoding': encoding }),
    ...headers,
  });
}

type Stored = { body: Buffer<ArrayBuffer>; encoding: string | null };

/** The file, compressed if the bundler made a compressed version and the client accepts it. */
async function readFor(context: Context, file: URL): Promise<Stored | null> {
  const encoding = acceptedEncoding(context, ['br', 'gzip']);
  if (encoding !== null) {
    const body = await read(new URL(`${file}.${encoding === 'br' ? 'br' : 'gz'}`));
    if (body !== null) return { body, encoding };
  }
  const body = await read(file);
  return body && { body, encoding: null };
}

async function read(file: URL): Promise<Buffer<ArrayBuffer> | null> {
  try {
    return await readFile(file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}
