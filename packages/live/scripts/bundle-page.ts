import { createHash } from 'node:crypto';
import {
  existsSync,
  globSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { basename, extname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { brotliCompressSync, gzipSync, constants as zlib } from 'node:zlib';
import { build } from 'esbuild';
import { worldLakes } from './world-lakes.ts';
import { worldLand } from './world-land.ts';
import { worldTowns } from './world-towns.ts';

const PACKAGE = fileURLToPath(new URL('..', import.meta.url));
const PAGE = join(PACKAGE, 'page');
const DIST = join(PACKAGE, 'dist');

/**
 * Bundles the page into `dist`: `index.html`, and `assets/` with a content hash in each name, each text with a `.gz`
 * and a `.br` beside it. It replaces the page as a whole: a running server never serves half of one.
 *
 * @param options.isThere whether another process has bundled the same in the meantime: then its bundle is kept, because
 * a browser may be loading it
 */
export async function bundlePage({
  isThere = () => false,
}: {
  isThere?: () => boolean;
} = {}): Promise<{ name: string; bytes: number; gzipBytes: number }[]> {
  const work = mkdtempSync(join(PACKAGE, '.dist-'));
  const old = `${work}-old`;
  try {
    mkdirSync(join(work, 'assets'));
    await bundleInto(work);
    const sizes = compressFiles(work);
    if (isThere()) return sizes;
    // Two renames between the old page and the new one, instead of removing a hundred files.
    if (existsSync(DIST)) renameSync(DIST, old);
    renameSync(work, DIST);
    return sizes;
  } finally {
    for (const folder of [work, old]) rmSync(folder, { recursive: true, force: true });
  }
}

async function bundleInto(folder: string): Promise<void> {
  const files = await writeGround(folder);
  const result = await build({
    absWorkingDir: PAGE,
    entryPoints: { page: 'main.tsx' },
    outdir: join(folder, 'assets'),
    entryNames: '[name]-[hash]',
    chunkNames: '[name]-[hash]',
    assetNames: '[name]-[hash]',
    publicPath: '/assets',
    bundle: true,
    splitting: true,
    minify: true,
    format: 'esm',
    target: 'es2023',
    jsx: 'automatic',
    jsxImportSource: 'preact',
    loader: { '.woff2': 'file' },
    legalComments: 'linked',
    metafile: true,
    logLevel: 'warning',
    plugins: [
      {
        name: 'bundled-files',
        setup: ({ onLoad }) => {
          onLoad({ filter: /bundled-files\.ts$/ }, () => ({ contents: moduleOf(files), loader: 'js' }));
        },
      },
    ],
  });
  const entry = Object.entries(result.metafile.outputs).find(
    ([, { entryPoint }]) => entryPoint === 'main.tsx',
  );
  if (entry === undefined) throw new Error('esbuild made no page of page/main.tsx');
  const [script, { cssBundle = '' }] = entry;
  const html = readFileSync(join(PAGE, 'index.html'), 'utf8').replace(
    '<!-- bundled -->',
    [
      `<link rel="stylesheet" href="/assets/${basename(cssBundle)}">`,
      `<script type="module" src="/assets/${basename(script)}"></script>`,
    ].join('\n    '),
  );
  writeFileSync(join(folder, 'index.html'), html);
}

/**
 * Files that the page fetches by name: the module of the map's workers, the world's land and lakes, the cities' water.
 */
async function writeGround(folder: string): Promise<Record<string, unknown>> {
  const put = (name: string, content: string | Buffer) => {
    const hash = createHash('sha256').update(content).digest('hex').slice(0, 8);
    const file = `assets/${basename(name, extname(name))}-${hash}${extname(name).replace('.mjs', '.js')}`;
    writeFileSync(join(folder, file), content);
    return `/${file}`;
  };
  const waterFiles = globSync(`${PAGE}/basemap/water/*.json`);
  return {
    mapWorker: put('map-worker.mjs', await bundleWorker()),
    land: put('land.json', JSON.stringify(worldLand())),
    lakes: put('lakes.json', JSON.stringify(worldLakes())),
    towns: put('towns.json', JSON.stringify(worldTowns())),
    water: Object.fromEntries(
      waterFiles.map((path) => [basename(path, '.json'), put(`water-${basename(path)}`, readFileSync(path))]),
    ),
  };
}

async function bundleWorker(): Promise<Buffer> {
  const { outputFiles } = await build({
    entryPoints: [fileURLToPath(import.meta.resolve('maplibre-gl/dist/maplibre-gl-worker.mjs'))],
    bundle: true,
    minify: true,
    format: 'esm',
    write: false,
    logLevel: 'warning',
  });
  return Buffer.from(outputFiles[0]?.contents ?? []);
}

function moduleOf(constants: Record<string, unknown>): string {
  return Object.entries(constants)
    .map(([name, value]) => `export const ${name} = ${JSON.stringify(value)};`)
    .join('\n');
}

/** Compressing once here is cheaper than at each request. Fonts and images are already compressed. */
function compressFiles(folder: string): { name: string; bytes: number; gzipBytes: number }[] {
  const texts = globSync(`${folder}/**/*.{html,js,css,json}`);
  return texts.map((path) => {
    const content = readFileSync(path);
    const gzip = gzipSync(content, { level: 9 });
    const quality = { params: { [zlib.BROTLI_PARAM_QUALITY]: 9 } };
    writeFileSync(`${path}.gz`, gzip);
    writeFileSync(`${path}.br`, brotliCompressSync(content, quality));
    const name = relative(folder, path);
    return { name, bytes: content.length, gzipBytes: gzip.length };
  });
}
