import { signal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import type { StationForecast } from '../../../src/api/forecast.ts';
import type { QualityIssue } from '../../../src/api/quality.ts';
import { getForecast, getQuality } from '../../data/api-client.ts';
import { untilShown } from '../../data/shown.ts';
import { basisText, outlookText } from '../../model/outlook.ts';
import * as state from '../../state/page-state.ts';

const MINUTES = 20;
const REFETCH_MS = 60_000;

const outlook = signal<{ station: StationForecast; skill_damped: number | null } | null>(null);
const issues = signal<QualityIssue[]>([]);

/** What will be there in a while, and what is wrong with what the feed says. Of now alone: a moment that is replayed has neither. */
export function Outlook({ system, station }: { system: string; station: string }) {
  useEffect(() => keepOutlook(system, station), [system, station]);
  if (state.replaying.value) return null;
  const told = outlook.value?.station.station_id === station ? outlook.value : null;
  const open = issues.value.filter(
    (issue) => issue.is_open && (issue.station_id === null || issue.station_id === station),
  );
  return (
    <section class="offer" aria-label="What is to come">
      {told !== null && (
        <p class="offer-state" data-testid="outlook">
          <strong>{outlookText(told.station, MINUTES)}</strong>
        </p>
      )}
      {told !== null && <p class="offer-notes">{basisText(told.station, told.skill_damped)}</p>}
      {open.length > 0 && (
        <ul class="offer-notes" aria-label="Data quality">
          {open.map((issue) => (
            <li key={`${issue.flag} ${issue.feed}`}>
              {issue.station_id === null ? `${issue.feed}: ` : ''}
              {issue.definition} Since {state.clock.value.seconds(new Date(issue.since))}.
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}

/** Fetches both now and each minute. What cannot be had is not shown. @returns what ends it */
function keepOutlook(system: string, station: string): () => void {
  const stop = new AbortController();
  outlook.value = null;
  issues.value = [];
  const fetchNow = async () => {
    await untilShown(stop.signal);
    if (stop.signal.aborted) return;
    const [forecast, quality] = await Promise.allSettled([
      getForecast(system, station, MINUTES, stop.signal),
      getQuality(system, stop.signal),
    ]);
    if (stop.signal.aborted) return;
    const told = forecast.status === 'fulfilled' ? forecast.value.stations[0] : undefined;
    outlook.value =
      told === undefined || forecast.status !== 'fulfilled'
        ? null
        : { station: told, skill_damped: forecast.value.skill_damped };
    issues.value = quality.status === 'fulfilled' ? quality.value.issues : [];
  };
  void fetchNow();
  const timer = setInterval(() => void fetchNow(), REFETCH_MS);
  return () => {
    clearInterval(timer);
    stop.abort();
  };
}
