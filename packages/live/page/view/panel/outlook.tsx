import { signal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import type { StationForecast } from '../../../src/api/forecast.ts';
import { getForecast } from '../../data/api-client.ts';
import { untilShown } from '../../data/shown.ts';
import { basisText, outlookText } from '../../model/outlook.ts';
import { keepIssues, openIssuesAbout } from '../../state/keep-issues.ts';
import * as state from '../../state/page-state.ts';
import { NotJudged } from './not-judged.tsx';

const MINUTES = 20;
const REFETCH_MS = 60_000;

const outlook = signal<{ station: StationForecast; skill_damped: number | null } | null>(null);

/** The forecast of a station, and the problems of its data. Only for the present: a replayed moment has neither. */
export function Outlook({ system, station }: { system: string; station: string }) {
  useEffect(() => keepOutlook(system, station), [system, station]);
  useEffect(() => keepIssues(system), [system]);
  if (state.replaying.value) return null;
  const told = outlook.value?.station.station_id === station ? outlook.value : null;
  const open = openIssuesAbout(station);
  return (
    <section class="offer" aria-label="Forecast">
      {told !== null && (
        <p class="offer-state" data-testid="outlook">
          <strong>{outlookText(told.station, MINUTES)}</strong>
        </p>
      )}
      {told !== null && <p class="offer-notes">{basisText(told.station, told.skill_damped)}</p>}
      {open.length === 0 && <NotJudged class="offer-notes" />}
      {open.length > 0 && (
        <ul class="offer-notes" aria-label="Data quality">
          {open.map((issue) => (
            <li key={`${issue.flag} ${issue.feed}`}>
              {issue.station_id === null ? `${issue.feed}: ` : ''}
              {issue.definition} Since {state.clock.value.recent(new Date(issue.since))}.
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}

/** Fetches the forecast now and each minute; shows nothing if that fails. @returns a function that ends it */
function keepOutlook(system: string, station: string): () => void {
  const stop = new AbortController();
  outlook.value = null;
  const fetchNow = async () => {
    await untilShown(stop.signal);
    if (stop.signal.aborted) return;
    const forecast = await getForecast(system, station, MINUTES, stop.signal).catch(() => null);
    if (stop.signal.aborted) return;
    const told = forecast?.stations[0];
    outlook.value = told && forecast ? { station: told, skill_damped: forecast.skill_damped } : null;
  };
  void fetchNow();
  const timer = setInterval(() => void fetchNow(), REFETCH_MS);
  return () => {
    clearInterval(timer);
    stop.abort();
  };
}
