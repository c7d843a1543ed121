import type { Quality, QualityIssue } from '../api/quality.ts';
import type { Reader } from '../database/reader.ts';

const ISSUES_MAX = 2_000;

type FeedRow = Omit<Quality['feeds'][number], 'is_current'> & {
  is_archive: boolean;
  is_old: boolean;
  is_checked: boolean;
};

/**
 * The issues of a system that are open or ended within the given days: first those of feeds, then by station. Null when no such system is recorded.
 */
export async function readQuality(reader: Reader, systemId: string, days: number): Promise<Quality | null> {
  const [systems, feeds, issues] = await Promise.all([
    reader.query<Pick<Quality, 'name' | 'operator' | 'made_at'>>(
      `select name, operator, date_trunc('milliseconds', now()) as made_at from api.system where system_id = $1`,
      [systemId],
    ),
    reader.query<FeedRow>(
      `select feed, health.last_success_at as seen_at, checked.checked_at, health.is_archive, health.overdue,
         not coalesce(api.is_recent_reading(health.last_success_at), false) as is_old,
         coalesce(checked.is_current, false) as is_checked
       from api.feed_health as health
       left join api.data_quality_check as checked using (system_id, feed)
       where system_id = $1 order by feed`,
      [systemId],
    ),
    reader.query<QualityIssue>(
      `select issue.flag, flag.definition, flag.threshold, flag.why, issue.feed, issue.station_id, station.name,
         issue.since, issue.last_seen_at, issue.ended_at, issue.is_open, issue.evidence
       from api.data_quality_issue as issue
       join api.data_quality_flag as flag using (flag)
       left join api.station on station.system_id = issue.system_id and station.station_id = issue.station_id
       where issue.system_id = $1 and (issue.is_open or issue.last_seen_at > now() - $2 * interval '1 day')
       order by issue.is_open desc, issue.station_id is not null, issue.flag, issue.station_id collate "C", issue.since
       limit $3`,
      [systemId, days, ISSUES_MAX + 1],
    ),
  ]);
  const [system] = systems;
  if (system === undefined) return null;
  return {
    system_id: systemId,
    ...system,
    days,
    feeds: feeds
      .filter(({ is_archive }) => !is_archive)
      .map(({ feed, seen_at, checked_at, is_old, is_checked, overdue }) => ({
        feed,
        seen_at,
        checked_at,
        is_current: !is_old && is_checked,
        overdue,
      })),
    not_judged_because: whyNotJudged(feeds),
    issues: issues.slice(0, ISSUES_MAX),
    truncated: issues.length > ISSUES_MAX,
  };
}

/** A list without issues is good news only if the feeds were checked. */
function whyNotJudged(feeds: FeedRow[]): Quality['not_judged_because'] {
  const polled = feeds.filter(({ is_archive }) => !is_archive);
  if (polled.length === 0) return feeds.length === 0 ? 'unobserved' : 'archive';
  if (polled.every(({ seen_at }) => seen_at === null)) return 'unobserved';
  if (polled.every(({ is_old }) => is_old)) return 'old';
  return polled.some(({ is_checked }) => is_checked) ? null : 'unchecked';
}
