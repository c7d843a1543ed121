import { withClient } from '../../../../test/servers/with-client.ts';

const BETWEEN = `'2026-04-01', '2026-07-01'`;
const CALLS = [
  `station_change_between(${BETWEEN})`,
  `station_change_since('town', '2026-06-01')`,
  `station_counts_between('2026-06-01', '2026-07-01', 'town')`,
  `station_report_between('2026-06-01', '2026-07-01', 'town', 'unknown-for-a-while')`,
  `station_step_between('2026-06-01', '2026-07-01', 'town', 'unknown-for-a-while')`,
  `system_count_between('2026-06-01', '2026-06-02', 'town', 600)`,
  `station_spell_between(${BETWEEN})`,
  `outage_episode_between(${BETWEEN})`,
  `station_hour_between(${BETWEEN})`,
  `sla_compliance_between(${BETWEEN}, null, 0, 24)`,
  `flow_balance_between(${BETWEEN})`,
  `profile_weekly_of('town', 'unknown-for-a-while')`,
  `station_current_since('town', '2026-04-01')`,
  `station_at('2026-04-20 03:00', 'town')`,
  `station_at('2026-06-01 01:10')`,
];

/**
 * The result of every view and function for readers, as text rows by name. Without ages, which depend on the time of
 * the query.
 */
export async function allAnswers(url: string): Promise<Record<string, string[]>> {
  return await withClient(url, async (client) => {
    const { rows } = await client.query<{ name: string }>(
      `select viewname as name from pg_views where schemaname = 'api' order by 1`,
    );
    const answers: Record<string, string[]> = {};
    for (const name of [...rows.map((row) => row.name), ...CALLS]) {
      const { rows: lines } = await client.query<{ line: string }>(
        `select (to_jsonb(answer) - array['age_seconds', 'feed_key', 'system_key', 'station_key', 'overdue'])::text as line from api.${name} as answer order by 1`,
      );
      answers[name] = lines
        .map(({ line }) =>
          line.replaceAll(/\d+\.\d+(e-\d+)?/g, (number) =>
            Number(number)
              .toFixed(6)
              .replace(/\.?0+$/, ''),
          ),
        )
        .sort();
    }
    return answers;
  });
}

const ROLLED = {
  station_spell: `select station_id, spell.from_at, spell.to_at, state, start_observed, end_observed from velolog.station_spell as spell join velolog.station using (station_key)`,
  station_hour: `select station_id, to_jsonb(hour) - array['station_key', 'system_key'] from velolog.station_hour as hour join velolog.station using (station_key)`,
  rolled_range: `select system_id, rolled.from_at, rolled.to_at from velolog.rolled_range as rolled join velolog.feed using (feed_key) join velolog.system using (system_key)`,
  station_state: `select station_id, to_jsonb(state) - 'station_key' from velolog.station_state as state join velolog.station using (station_key)`,
  feed: `select system_id, to_jsonb(of_feed) - array['feed_key', 'system_key'] from velolog.feed as of_feed join velolog.system using (system_key)`,
};

/** Rolled-up and current state, as text rows by table, without the keys that a database assigns. */
export async function rolledRows(url: string): Promise<Record<string, string[]>> {
  return await withClient(url, async (client) => {
    const tables: Record<string, string[]> = {};
    for (const [table, query] of Object.entries(ROLLED)) {
      const { rows } = await client.query<{ line: string }>(
        `select row(named.*)::text as line from (${query}) as named order by 1`,
      );
      tables[table] = rows.map(({ line }) => line);
    }
    return tables;
  });
}
