import type { AnnotationQuery } from '@grafana/grafana-foundation-sdk/dashboard';
import { BLUE } from '../colours.ts';
import { END, POSTGRES, sqlTable } from './sql-query.ts';

/**
 * Shows the operator's announcements (api.system_alert) on every chart of a dashboard with the variable `system`: for the times that they give,
 * or for as long as they were listed if they give none.
 * @param stationSql leaves out announcements that are only about other stations
 */
export function operatorAlerts(systemSql: string, stationSql: string | null = null): AnnotationQuery {
  const about = stationSql
    ? `\n          and (station_ids is null or station_ids @> to_jsonb(${stationSql}::text))`
    : '';
  return {
    name: "Operator's alerts",
    enable: true,
    hide: false,
    iconColor: BLUE,
    datasource: POSTGRES,
    target: sqlTable(`
      select
        greatest(from_at, $__timeFrom()::timestamptz) as time,
        least(to_at, ${END}) as timeend,
        text,
        coalesce(type, 'alert') as tags
      from (
        -- Each version of the document lists an alert again.
        select text, type, min(from_at) as from_at, max(to_at) as to_at
        from (
          select
            alert_id,
            concat_ws(': ', summary, description) as text,
            type,
            coalesce(to_timestamp((period ->> 'start')::double precision), valid_from) as from_at,
            coalesce(to_timestamp((period ->> 'end')::double precision), valid_to, 'infinity') as to_at
          from api.system_alert
          left join lateral jsonb_array_elements(times) as period on true
          where system_id = ${systemSql}${about}
        ) as listed
        group by alert_id, text, type
      ) as alert
      where from_at < ${END} and to_at > $__timeFrom()::timestamptz
      order by 1
      limit 200`),
  };
}
