import { posix } from 'node:path';
import type { Source } from './boundaries.ts';

/** Possible readers besides other views: a short name, and where to look for it. */
const READERS: [name: string, path: RegExp][] = [
  ['packages/store', /^packages\/store\//],
  ['packages/live', /^packages\/live\//],
  ['packages/cli', /^packages\/cli\//],
  ['docs', /^docs\//],
  ['dashboards', /^grafana\/dashboards\//],
];
const HEADER = /^-- Reads: .*Read by: .*$/m;
const VIEW = /^sql\/views\/.*\.sql$/;

/** Finds header lines of views that do not match the files: the path, the current line, and the correct one. */
export function findLyingHeaders(sources: Source[]): { path: string; says: string; truth: string }[] {
  return sources
    .filter(({ path }) => VIEW.test(path))
    .flatMap(({ path, text }) => {
      const says = HEADER.exec(text)?.[0] ?? '';
      const truth = trueHeader(path, sources);
      return says === truth ? [] : [{ path, says, truth }];
    });
}

/** The view's text with the correct header. */
export function withTrueHeader({ path, text }: Source, sources: Source[]): string {
  return text.replace(HEADER, () => trueHeader(path, sources));
}

function trueHeader(path: string, sources: Source[]): string {
  const name = nameOf(path);
  const text = sources.find((source) => source.path === path)?.text ?? '';
  const views = sources
    .filter((source) => VIEW.test(source.path) && source.path !== path)
    .filter((source) => relationsOf(source.text).includes(`api.${name}`))
    .map((source) => nameOf(source.path));
  const others = READERS.filter(([, where]) =>
    sources.some((source) => where.test(source.path) && isTold(source, name)),
  ).map(([reader]) => reader);
  const reads = relationsOf(text).filter((relation) => relation !== `api.${name}`);
  const names = new Set(reads.map((relation) => relation.replace(/^\w+\./, '')));
  const readers = [...views.sort(), ...others];
  return `-- Reads: ${[...names].sort().join(', ') || 'nothing'}. Read by: ${readers.join(', ') || 'people'}.`;
}

/** Our tables, views and functions, with their schema, because `velolog.station` is not `api.station`. */
function relationsOf(text: string): string[] {
  const code = text.replaceAll(/--.*/g, '');
  return [...new Set(code.match(/\b(?:velolog|api)\.\w+/g))];
}

/** Whether a file mentions the view. In docs the schema may be left out, because the reader's search path includes it. */
function isTold({ path, text }: Source, name: string): boolean {
  if (/\.test\.tsx?$/.test(path)) return false;
  const pattern = path.startsWith('docs/') ? `\\b(?:from|join) (?:api\\.)?${name}\\b` : `\\bapi\\.${name}\\b`;
  return new RegExp(pattern).test(text);
}

function nameOf(path: string): string {
  return posix.basename(path, '.sql');
}
