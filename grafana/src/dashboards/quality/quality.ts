import type { Dashboard } from '@grafana/grafana-foundation-sdk/dashboard';
import { BAD, fixedColour, GOOD, GREY, thresholds, valueMap } from '../../colours.ts';
import { dashboard } from '../../dashboard.ts';
import { line } from '../../layout.ts';
import { toSystem, UIDS } from '../../links.ts';
import { lateFeeds } from '../../panels/feed-status.ts';
import { stat } from '../../panels/stat.ts';
import { table } from '../../panels/table.ts';
import { sqlTable } from '../../questions/sql-query.ts';
import { CHOSEN_SYSTEMS, manySystems } from '../../questions/variables.ts';
import { stationRates, systemRates } from './flag-rates.ts';
import { forecastSkill, reliability, scoresBySystem } from './forecast-scores.ts';

/** Shows what is wrong with the feeds, how common that is, and how good the forecasts were. */
export function quality(): Dashboard {
  return dashboard({
    uid: UIDS.quality,
    title: 'Velolog: quality',
    description:
      'What is wrong with feeds and stations, since when and how it shows; how common each flag is; how good the forecasts were.',
    from: 'now-30d',
    variables: [manySystems()],
    sections: [
      {
        lines: [
          line(
            4,
            [5, openIssues()],
            [5, systemsFlagged()],
            [5, deadOrLying()],
            [5, systemsUnchecked()],
            [4, feedsLate()],
          ),
          line(10, [24, issueTable()]),
          line(8, [24, worstSystems()]),
        ],
      },
      { title: 'How common, in all systems', lines: [line(9, [12, systemRates()], [12, stationRates()])] },
      {
        title: 'Forecasts',
        lines: [
          line(8, [24, scoresBySystem()]),
          line(9, [12, forecastSkill('bike')], [12, forecastSkill('dock')]),
          line(12, [12, reliability('bike')], [12, reliability('dock')]),
        ],
      },
      { title: 'Flags', lines: [line(12, [24, flagTable()])] },
    ],
  });
}

/** The chosen systems that are polled, and whether a check has seen one of their feeds in the last 26 hours. Archives are not checked. */
const JUDGED = `(
      select
        system_id,
        exists (select from api.data_quality_check as seen where seen.system_id = system.system_id and seen.is_current) as is_checked
      from api.system
      where ${CHOSEN_SYSTEMS} and not is_archive
    ) as judged`;

/** Shown instead of 0: as long as some systems are not checked, nobody knows that nothing is wrong. */
const SOME_UNCHECKED = -1;

/** A count of open issues. It is 0 only if all chosen systems that are polled were checked, and null if none was. */
const open = (name: string, description: string, counted: string, more = '') =>
  stat(
    { title: `${name} now`, description, noValue: 'Not checked', unit: 'none' },
    sqlTable(`
      select
        case
          when issues.found > 0 then issues.found
          when judged.every_one then 0
          when judged.any_one then ${SOME_UNCHECKED}
        end as "${name}"
      from (
        select bool_and(is_checked) as every_one, bool_or(is_checked) as any_one
        from ${JUDGED}
      ) as judged
      cross join (
        select ${counted} as found
        from api.data_quality_issue
        join api.data_quality_flag using (flag)
        where ${CHOSEN_SYSTEMS} and is_open${more}
      ) as issues`),
    {
      defaults: {
        color: fixedColour(GREY),
        mappings: [valueMap([[SOME_UNCHECKED, 'Not all checked', GREY]])],
      },
    },
  );

const openIssues = () =>
  open(
    'Issues',
    'Flags of feeds and stations that have not ended and were seen in the last 26 hours. 0 is shown only if all chosen systems were checked.',
    'count(*)',
  );

const systemsFlagged = () =>
  open(
    'Systems with an issue',
    'Chosen systems with an open issue of any kind. Most are harmless: look at the flags. 0 is shown only if all chosen systems were checked.',
    'count(distinct system_id)',
  );

const deadOrLying = () =>
  open(
    'Dead or lying',
    'Open issues that mean that the feed does not say what riders find (data_quality_flag.is_dead_or_lying). 0 is shown only if all chosen systems were checked.',
    'count(*)',
    ' and is_dead_or_lying',
  );

const systemsUnchecked = () =>
  stat(
    {
      title: 'Systems not checked',
      description:
        'Chosen systems of which no check has seen an answer in the last 26 hours (api.data_quality_check): they are new, or their feeds are silent, or no store is running. Imported archives are never checked.',
      noValue: 'None is polled',
      unit: 'none',
    },
    sqlTable(`
      select count(*) filter (where not is_checked) as "Not checked"
      from ${JUDGED}
      having count(*) > 0`),
    { limits: thresholds(GOOD, [BAD, 1]) },
  );

/** A feed that died an hour ago has no issue yet. */
const feedsLate = () =>
  lateFeeds(
    'Feeds late now',
    ' What is wrong with such a feed now, nobody can see; after a day it is an issue (unreachable).',
  );

const issueTable = () =>
  table(
    {
      title: 'Open issues now',
      description:
        'The newest 500 open issues of the chosen systems, with the evidence. A flag never changes the data.',
      noValue: 'Nothing is flagged, or not checked',
      unit: 'none',
    },
    sqlTable(`
      select system_id as "System", flag as "Flag", feed as "Feed", coalesce(station_id, '') as "Station", since as "Since", evidence::text as "Evidence", system_id
      from api.data_quality_issue
      where ${CHOSEN_SYSTEMS} and is_open
      order by since desc, flag
      limit 500`),
    { System: { links: [toSystem] }, Evidence: { width: 420, wrapped: true }, system_id: { hidden: true } },
  );

const worstSystems = () =>
  table(
    {
      title: 'Worst systems now',
      description:
        'Systems by open issues that mean a dead or lying feed, then by all; then those that nobody has checked in the last 26 hours. Imported archives are never checked.',
      noValue: 'Nothing is flagged, or only archives are chosen',
      unit: 'none',
    },
    sqlTable(`
      select system_id as "System", count(*) filter (where is_dead_or_lying) as "Dead or lying", count(*) as "Issues", string_agg(distinct flag, ', ') as "Flags", system_id
      from api.data_quality_issue
      join api.data_quality_flag using (flag)
      where ${CHOSEN_SYSTEMS} and is_open
      group by system_id
      union all
      select system_id, null, null, 'not checked', system_id
      from ${JUDGED}
      where not is_checked
        and not exists (select from api.data_quality_issue as issue where issue.system_id = judged.system_id and issue.is_open)
      order by 2 desc nulls last, 3 desc, 1
      limit 50`),
    { System: { links: [toSystem] }, Flags: { wrapped: true }, system_id: { hidden: true } },
  );

const flagTable = () =>
  table(
    {
      title: 'What the checks look for',
      description:
        'Each flag with its threshold and how common it is, where that was measured (api.data_quality_flag).',
      noValue: 'None',
      unit: 'none',
    },
    sqlTable(`
      select flag as "Flag", definition as "What", threshold as "Threshold", why as "Why", known_rate as "Known rate"
      from api.data_quality_flag
      order by flag
      limit 100`),
    {
      Flag: { width: 190 },
      What: { width: 330, wrapped: true },
      Threshold: { width: 260, wrapped: true },
      Why: { wrapped: true },
      'Known rate': { wrapped: true },
    },
  );
