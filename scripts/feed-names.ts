import { FEEDS, namesOf } from '../packages/gbfs/src/feeds.ts';
import type { Source } from './boundaries.ts';

const NAMES = (Object.keys(FEEDS) as (keyof typeof FEEDS)[]).flatMap(namesOf);
/** A key given to namesOf is no name. */
const LITERAL = new RegExp(`(?<!namesOf\\()(['"\`])(${NAMES.join('|')})\\1`, 'g');

/** Files that need the name of a feed, or use the word for something else. Remove a place from this list when it is gone. */
const EXCEPTIONS: [place: RegExp, why: string][] = [
  [/^packages\/gbfs\/src\//, 'the room of GBFS itself'],
  [/^packages\/simulator\/src\//, 'publishes feeds, each version under its own names'],
  [/^packages\/ingest\/src\/(sources\/system|fetch\/feed)\.ts$/, 'which feeds are polled'],
  [
    /^packages\/store\/src\/(changes|decode|intake|memory|tables|upkeep)\//,
    'one branch a kind of decoded feed',
  ],
  [/^packages\/store\/src\/fill\//, 'a table, and a value in SQL'],
  [
    /^packages\/cli\/src\/(program|commands\/import(-past)?|history\/feed-of-body)\.ts$/,
    'what a person may type',
  ],
  [/^packages\/live\/src\/gbfs\//, 'publishes feeds, each version under its own names'],
  [/^packages\/live\/(src\/api|page\/state)\//, 'a value in an example, and a part of the state'],
  [/^packages\/lake\/src\//, 'a table of the lake, and a value in SQL'],
];

/** Folders whose SQL, in templates, may compare with a name. */
const SQL_PLACES = /^packages\/live\/src\/questions\//;
const TEMPLATE = /`(?:[^`\\]|\\.)*`/g;

/** Finds feed names that are written as literals outside gbfs/src/feeds.ts. SQL, dashboards, tests and benches may use names. */
export function findFeedNames(sources: Source[]): string[] {
  return sources
    .filter(({ path }) => path.startsWith('packages/') && !/\.test\.tsx?$|\/test-[^/]*\.ts$/.test(path))
    .filter(({ path }) => !EXCEPTIONS.some(([place]) => place.test(path)))
    .flatMap(({ path, text }) =>
      [...(SQL_PLACES.test(path) ? text.replaceAll(TEMPLATE, '') : text).matchAll(LITERAL)].map(
        ([literal]) => `${path} spells ${literal}: take it from @velolog/gbfs/feeds`,
      ),
    );
}
