import { REPAIRS, SKIPS, UNDECODABLE } from '../packages/gbfs/src/codes.ts';
import { FETCH_FAILURES } from '../packages/ingest/src/fetch/codes.ts';
import { LEFT_OUT } from '../packages/lake/src/codes.ts';
import { DROPPED_CLIENTS } from '../packages/live/src/events/codes.ts';
import {
  BATCH_FAILURES,
  LOST,
  LOST_LETTERS,
  NO_OBSERVATION,
  NOT_STORED,
} from '../packages/store/src/codes.ts';
import { INVALID_RECORD } from '../packages/stream/src/codes.ts';

type Chapter = { title: string; where: string; codes: Record<string, string> };

const CHAPTERS: Chapter[] = [
  {
    title: 'Fetches that failed',
    where:
      '`last_error` of `api.feed_health`, `ce_error` of the record, `reason` of `feed_failing` in the log of ingest. Beside these, `http_<status>` is what the server answered, such as `http_503`.',
    codes: FETCH_FAILURES,
  },
  {
    title: 'Bodies that cannot be used',
    where: '`last_error` of `api.feed_health`, `dlreason` of the dead letter.',
    codes: UNDECODABLE,
  },
  {
    title: 'Polls that do not count as an observation',
    where: '`last_error` of `api.feed_health`.',
    codes: NO_OBSERVATION,
  },
  { title: 'Rows left out', where: '`gbfs_feed_rejected_rows_total{reason}`.', codes: SKIPS },
  { title: 'Values repaired', where: '`gbfs_feed_coerced_values_total{reason}`.', codes: REPAIRS },
  {
    title: 'Records that are not polls',
    where:
      '`dlreason` of the dead letter and, if the record still names a feed that is known, `last_error` of `api.feed_health`.',
    codes: INVALID_RECORD,
  },
  {
    title: 'Polls that were not stored',
    where:
      '`dlreason` of the dead letter, `last_error` of `api.feed_health` (`refused_polls` counts them), and what `velolog import` prints.',
    codes: NOT_STORED,
  },
  { title: 'Records that were lost', where: '`reason` of `velolog.kafka_loss`.', codes: LOST },
  {
    title: 'Batches tried again',
    where: '`velolog_batch_failures_total{cause}`.',
    codes: BATCH_FAILURES,
  },
  {
    title: 'Dead letters that were lost',
    where: '`velolog_dead_letters_lost_total{cause}`, and the log of the store.',
    codes: LOST_LETTERS,
  },
  {
    title: 'Browsers cut off',
    where: '`velolog_live_clients_dropped_total{reason}`.',
    codes: DROPPED_CLIENTS,
  },
  {
    title: 'Systems left out of an export',
    where: '`left_out` of `velolog export --json`, and the README of the bundle.',
    codes: LEFT_OUT,
  },
];

/** Makes docs/codes.md: every code that Velolog gives as a reason, with its meaning. The types in the code allow no other codes. */
export function codesPage(): string {
  const chapters = CHAPTERS.map(({ title, where, codes }) =>
    [
      `## ${title}`,
      '',
      `Where: ${where}`,
      '',
      '| code | means |',
      '|---|---|',
      ...Object.entries(codes).map(
        ([code, meaning]) => `| \`${code}\` | ${meaning.replaceAll('|', '\\|')} |`,
      ),
    ].join('\n'),
  );
  return `# Codes\n\nEvery code that Velolog gives as a reason: why something failed, was left out, repaired or refused. \`npm run fix\` writes this page from the code.\n\n${chapters.join('\n\n')}\n`;
}
