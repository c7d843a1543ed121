import { type DatabasePool, sql } from 'slonik';

/**
 * Deletes issues that ended before `before`; null keeps them. Open ones stay. So do those for which stations can be left out of
 * outages and service levels (data_quality_flag.is_left_out): these are kept for good, and would otherwise change. The rates of
 * each day are stored already. What ended before it had lasted long enough to be an issue, which no view shows, goes at once.
 */
export async function dropEndedIssues(pool: DatabasePool, before: Date | null): Promise<number> {
  return pool.transaction(async (transaction) => {
    await transaction.query(sql.unsafe`set local statement_timeout = '10min'`);
    const { rowCount } = await transaction.query(sql.unsafe`
      delete from velolog.data_quality_issue as issue
      using api.data_quality_flag as definition
      where definition.flag = issue.flag and issue.ended_at is not null
        and (issue.ended_at < ${before?.toISOString() ?? '-infinity'}::timestamptz and not definition.is_left_out
          or definition.holds_seconds > 0 and issue.held_seconds <= definition.holds_seconds)`);
    return rowCount;
  });
}
