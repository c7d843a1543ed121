import type { Forecast, StationForecast } from '../api/forecast.ts';
import type { Reader } from '../database/reader.ts';

type Row = StationForecast & Pick<Forecast, 'skill' | 'skill_damped'>;

/** The forecasts of a system, or of one of its stations. */
export async function readForecast(
  reader: Reader,
  {
    systemId,
    minutes,
    stationId,
    leaveOutFlagged,
  }: { systemId: string; minutes: number; stationId: string | null; leaveOutFlagged: boolean },
): Promise<Forecast> {
  const rows = await reader.query<Row>(
    `select station_id, p_bike, p_dock, expected_bikes, basis, basis_dock, date_trunc('milliseconds', trained_at) as trained_at, observed_at,
       no_forecast_because, skill, skill_damped
     from api.station_forecast($1, $2, $3, $4)
     order by station_id collate "C"`,
    [systemId, minutes, stationId, leaveOutFlagged],
  );
  return {
    system_id: systemId,
    minutes,
    skill: rows[0]?.skill ?? null,
    skill_damped: rows[0]?.skill_damped ?? null,
    stations: rows.map(({ skill: _, skill_damped: __, ...station }) => station),
  };
}
