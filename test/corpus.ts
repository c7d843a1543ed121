import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';

/** Real recorded feeds. They carry no licence that would let them into this repository, so they are read where they lie. */
export const corpus = process.env.VELOLOG_CORPUS || resolve(import.meta.dirname, '../../shared/corpus');

/** Why a test that needs this part of the corpus cannot run; null when it can. */
export function missingCorpus(part: string): string | null {
  const path = join(corpus, part);
  return existsSync(path)
    ? null
    : `no recorded feeds at ${path} (VELOLOG_CORPUS names the folder that holds them)`;
}
