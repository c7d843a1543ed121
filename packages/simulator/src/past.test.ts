import { expect, test } from 'vitest';
import { recordPast } from './past.ts';
import { startSimulator } from './simulator.ts';

type Body = { data: { stations: { station_id: string; num_bikes_available: number }[] } };

const bikesOf = ({ data }: Body) =>
  Object.fromEntries(
    data.stations.map(({ station_id, num_bikes_available }) => [station_id, num_bikes_available]),
  );

test('a simulator of the same run goes on exactly where its recorded past ends', async () => {
  const startedAtMs = Date.UTC(2026, 5, 15, 6);
  const untilMs = startedAtMs + 6 * 3_600_000;
  const options = { stations: 40, startHour: 8, startedAtMs };
  const past = Array.from(recordPast(options, { feed: 'station_status', everySeconds: 300, untilMs }));
  expect(past).toHaveLength(73);
  expect(past.at(-1)?.fetched_at).toEqual(new Date(untilMs));
  await using simulator = await startSimulator({ ...options, ttlSeconds: 10, now: () => untilMs });
  const live = (await (await fetch(`${simulator.url}/sim-oslo/station_status.json`)).json()) as Body;
  const bodies = past.map(({ body }) => JSON.parse(body.toString()) as Body);
  expect(bikesOf(live)).toEqual(bikesOf(bodies.at(-1) as Body));
  // It is a past in which something happened.
  expect(bikesOf(bodies[0] as Body)).not.toEqual(bikesOf(live));
});
