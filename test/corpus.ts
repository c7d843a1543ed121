import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';

/** Real recorded feeds. Their licences do not allow them in this repository, so they are read from where they are. */
export const corpus = process.env.VELOLOG_CORPUS || resolve(import.meta.dirname, '../../shared/corpus');

/** Why a test that needs this part of the corpus cannot run; null when it can. */
export function missingCorpus(part: string): string | null {
  const path = join(corpus, part);
  return existsSync(path)
    ? null
    : `no recorded feeds at ${path} (VELOLOG_CORPUS names the folder that holds them)`;
}
