import { posix } from 'node:path';
import type { Source } from './boundaries.ts';

/** Who may be named as a reader besides other views: a short name, and where to look for it. */
const READERS: [name: string, path: RegExp][] = [
  ['packages/store', /^packages\/store\//],
  ['packages/live', /^packages\/live\//],
  ['packages/cli', /^packages\/cli\//],
  ['docs', /^docs\//],
  ['dashboards', /^grafana\/dashboards\//],
];
const HEADER = /^-- Reads: .*Read by: .*$/m;
const VIEW = /^sql\/views\/.*\.sql$/;

/** The header lines of the views that say something else than what the files do: path, what stands there, what is true. */
export function findLyingHeaders(sources: Source[]): { path: string; says: string; truth: string }[] {
  return sources
    .filter(({ path }) => VIEW.test(path))
    .flatMap(({ path, text }) => {
      const says = HEADER.exec(text)?.[0] ?? '';
      const truth = trueHeader(path, sources);
      return says === truth ? [] : [{ path, says, truth }];
    });
}

/** The view's text with the header that is true. */
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

/** Tables, views and functions of ours, with their schema: `velolog.station` is not `api.station`. */
function relationsOf(text: string): string[] {
  const code = text.replaceAll(/--.*/g, '');
  return [...new Set(code.match(/\b(?:velolog|api)\.\w+/g))];
}

/** Docs are for people, who leave out the schema: their role's search path has it. */
function isTold({ path, text }: Source, name: string): boolean {
  if (/\.test\.tsx?$/.test(path)) return false;
  const pattern = path.startsWith('docs/') ? `\\b(?:from|join) (?:api\\.)?${name}\\b` : `\\bapi\\.${name}\\b`;
  return new RegExp(pattern).test(text);
}

function nameOf(path: string): string {
  return posix.basename(path, '.sql');
}
