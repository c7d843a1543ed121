import type { StationForecast } from '../../src/api/forecast.ts';

const WITHOUT: Record<NonNullable<StationForecast['no_forecast_because']>, string> = {
  old: 'the data is old',
  absent: 'the feed does not list the station',
  closed: 'the station is closed',
  unknown: 'the feed gives no count',
  flagged: 'the station is frozen',
};

/** One sentence for a rider, which also works in a screen reader. */
export function outlookText(station: StationForecast, minutes: number): string {
  const { p_bike, p_dock, no_forecast_because } = station;
  if (p_bike === null && p_dock === null) return `No forecast: ${WITHOUT[no_forecast_because ?? 'unknown']}.`;
  const parts = [
    p_bike === null ? null : `a bike ${percent(p_bike)}`,
    p_dock === null ? null : `a dock ${percent(p_dock)}`,
  ].filter((part) => part !== null);
  return `In ${minutes} min: ${parts.join(', ')}`;
}

const BASED: Record<NonNullable<StationForecast['basis']>, string> = {
  logit: "on the count, the hour, recent changes and this station's usual week.",
  table: 'on how often stations with this count had one later.',
  persistence: 'only on the present count. A better forecast needs a day of records.',
};

/** A bike and a dock may be forecast by different methods, and only the forecasts of bikes have a score here. */
export function basisText({ basis, basis_dock }: StationForecast, skillDamped: number | null): string {
  const own = basis ?? basis_dock;
  if (own === null) return '';
  const skill =
    basis !== 'logit' || skillDamped === null
      ? ''
      : ` Over the last 14 days the error for bikes was ${signed(skillDamped)} than with the count alone.`;
  if (basis === null || basis_dock === null || basis === basis_dock) return `Based ${BASED[own]}${skill}`;
  return `A bike: based ${BASED[basis]}${skill} A dock: based ${BASED[basis_dock]}`;
}

/** Nothing is certain, so the range is 1 to 99. */
export function percentOf(probability: number): number {
  return Math.min(99, Math.max(1, Math.round(probability * 100)));
}

function percent(probability: number): string {
  return `${percentOf(probability)} %`;
}

function signed(skill: number): string {
  const share = Math.round(Math.abs(skill) * 100);
  return `${share} % ${skill < 0 ? 'more' : 'less'}`;
}
