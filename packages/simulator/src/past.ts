import { PublishedSystem } from './published-system.ts';
import { type SimulatorOptions, simulatorOptions } from './simulator.ts';
import { planSystems } from './systems.ts';

/** A body that a recorder would have received at one moment. */
export type PastAnswer = { fetched_at: Date; body: Buffer };

export type PastFeed = 'station_status' | 'free_bike_status';

/**
 * Yields a feed of the first system of a run as a recorder would have fetched it, from the start until `untilMs`, every `everySeconds`.
 * A run depends only on its options, so a simulator started with the same options continues where this ends.
 */
export function* recordPast(
  options: SimulatorOptions & { startedAtMs: number },
  { feed, everySeconds, untilMs }: { feed: PastFeed; everySeconds: number; untilMs: number },
): Generator<PastAnswer> {
  const settings = simulatorOptions.parse(options);
  const [system] = planSystems(settings);
  if (system === undefined) throw new RangeError('There is no system');
  const startedAtMs = Math.floor(options.startedAtMs / 1000) * 1000;
  const timeline = { startedAtMs, publicationSeconds: everySeconds, timeFactor: settings.timeFactor };
  const { startHour } = settings;
  const published = new PublishedSystem(system, {
    timeline,
    ttlSeconds: everySeconds,
    startHour,
    baseUrl: 'http://past.invalid',
  });
  for (let atMs = startedAtMs; atMs <= untilMs; atMs += everySeconds * 1000) {
    const answer = published.answer(feed, atMs);
    if (answer === null) throw new RangeError(`${system.system_id} publishes no ${feed}`);
    yield { fetched_at: new Date(atMs), body: Buffer.from(JSON.stringify(answer.document())) };
  }
}

/** The id of the system that recordPast records. */
export function pastSystemId(options: SimulatorOptions): string {
  const [system] = planSystems(simulatorOptions.parse(options));
  return system?.system_id ?? '';
}
