import { existsSync, globSync, readFileSync } from 'node:fs';
import { posix } from 'node:path';
import { expect, test } from 'vitest';
import { parseAllDocuments } from 'yaml';

const exclude = ['**/node_modules/**', '**/dist/**', '.velolog/**'];

/** The anchors of a document, as GitHub makes them from its headings. */
function anchorsOf(path: string): string[] {
  const prose = readFileSync(path, 'utf8').replaceAll(/```.*?```/gs, '');
  return Array.from(prose.matchAll(/^#{1,6} (.*)$/gm), ([, heading = '']) =>
    heading
      .replaceAll(/\[([^\]]*)\]\([^)]*\)/g, '$1')
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}_\- ]/gu, '')
      .replaceAll(' ', '-'),
  );
}

function isThere(from: string, link: string): boolean {
  const [path = '', anchor] = link.split('#');
  const target = path === '' ? from : posix.join(posix.dirname(from), path);
  if (!existsSync(target)) return false;
  return anchor === undefined || !target.endsWith('.md') || anchorsOf(target).includes(anchor);
}

test('every link of a document leads to a file and a heading that exist', () => {
  const links = globSync('**/*.md', { exclude }).flatMap((path) => {
    const prose = readFileSync(path, 'utf8').replaceAll(/```.*?```/gs, '');
    return Array.from(prose.matchAll(/\]\(([^)\s]+)\)/g), ([, link = '']) => ({ path, link }));
  });
  const own = links.filter(({ link }) => !/^(https?|mailto):/.test(link));
  expect(own.length).toBeGreaterThan(80);
  expect(own.filter(({ path, link }) => !isThere(path, link))).toEqual([]);
});

/** Keys that a comma in a text has made: `{ label: What happened, and why? }` has the key "and why?", without a value. */
function brokenKeys(value: unknown): string[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) =>
    inner === null && /\s/.test(key) ? [key] : brokenKeys(inner),
  );
}

test('no text of a YAML file is cut at a comma', () => {
  const files = ['.github/**/*.yml', '*.yml', '{docker,grafana,prometheus}/**/*.{yml,yaml}'].flatMap(
    (pattern) => globSync(pattern, { exclude }),
  );
  expect(files.length).toBeGreaterThan(8);
  const broken = files.flatMap((path) =>
    parseAllDocuments(readFileSync(path, 'utf8'), { merge: true }).flatMap((document) =>
      brokenKeys(document.toJS()).map((key) => `${path}: ${key}`),
    ),
  );
  expect(broken).toEqual([]);
});
