import { posix } from 'node:path';
import { IMPORT, type Source } from './boundaries.ts';

/** Which packages the files of a package reach, its tests included: by imports from file to file, through `test/` too. */
export function reachedPackages(name: string, sources: Source[]): Set<string> {
  const texts = new Map(sources.map(({ path, text }) => [path, text]));
  const reached = new Set([...texts.keys()].filter((path) => packageOf(path) === name));
  // A set gives what is added to it while it is read.
  for (const path of reached)
    for (const [, specifier = ''] of (texts.get(path) ?? '').matchAll(IMPORT)) {
      const target = targetOf(path, specifier);
      if (target !== null) reached.add(target);
    }
  return new Set([...reached].flatMap((path) => packageOf(path) ?? []));
}

function packageOf(path: string): string | undefined {
  return /^packages\/([^/]+)\//.exec(path)?.[1];
}

function targetOf(path: string, specifier: string): string | null {
  if (specifier.startsWith('.')) return posix.join(posix.dirname(path), specifier);
  const [, name, file] = /^@velolog\/([^/]+)\/(.+)$/.exec(specifier) ?? [];
  return name === undefined ? null : `packages/${name}/src/${file}.ts`;
}
