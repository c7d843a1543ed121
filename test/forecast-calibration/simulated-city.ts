import { type History, HistoryBuilder } from '@velolog/forecast/history';
import { decodeStationStatus } from '@velolog/gbfs/feeds/station-status';
import { PublishedSystem } from '@velolog/simulator/published-system';
import { planSystems, type SimulatedSystem } from '@velolog/simulator/systems';
import { countsToLearn } from '@velolog/store/upkeep/forecast/counts-to-learn';

export const STARTED_AT_MS = Date.UTC(2026, 5, 1);

export type CityPlan = { seed: number; stations: number; days: number; stepSeconds: number };

export function planCity({ seed, stations }: CityPlan): SimulatedSystem {
  const [system] = planSystems({ systems: 1, stations, versions: ['2.3'], seed: `forecast-${seed}` });
  if (system === undefined) throw new Error('The simulator planned no system');
  return system;
}

/** What the simulator's city really held, as its feed tells it. */
export function simulatedHistory(plan: CityPlan): History {
  const { days, stepSeconds } = plan;
  const published = new PublishedSystem(planCity(plan), {
    timeline: { startedAtMs: STARTED_AT_MS, publicationSeconds: stepSeconds, timeFactor: 1 },
    ttlSeconds: stepSeconds,
    startHour: 0,
    baseUrl: 'https://example.org',
  });
  const builder = new HistoryBuilder();
  for (let second = 0; second < days * 86_400; second += stepSeconds) {
    const atMs = STARTED_AT_MS + second * 1000;
    const body = published.answer('station_status', atMs)?.document();
    builder.add({ time: atMs / 1000, stations: decodeStationStatus(body).rows.map(countsToLearn) });
  }
  return builder.build();
}
