import { expect, test } from 'vitest';
import { HistoryBuilder, historyOf } from './history.ts';
import { likelyTimezone } from './likely-timezone.ts';

const DAY = 86_400;

/** Ten stations, observed every 20 minutes. Bikes move by day, in the hours of `zone`; at night `restShare` of that. */
function recorded(
  zone: string,
  { from, days, restShare = 0 }: { from: string; days: number; restShare?: number },
) {
  const start = Date.parse(from) / 1000;
  const times = Float64Array.from({ length: days * 72 }, (_, at) => start + at * 1200);
  const none = { station_ids: [], bikes: new Int16Array(), docks: new Int16Array() };
  const { hours } = historyOf({ ...none, times }, zone);
  const builder = new HistoryBuilder();
  const bikes = new Array<number>(10).fill(5);
  times.forEach((time, frame) => {
    const hour = (hours[frame] as number) % 24;
    const moving = hour >= 1 && hour < 6 ? restShare * bikes.length : bikes.length;
    for (let at = 0; at < moving; at += 1) bikes[at] = 9 - (bikes[at] as number);
    builder.add({
      time,
      stations: bikes.map((count, at) => ({
        station_id: `${at}`,
        num_bikes_available: count,
        num_docks_available: 0,
      })),
    });
  });
  return { history: builder.build('UTC'), end: start + days * DAY };
}

test.each([
  ['Europe/Oslo', '2022-10-20', 'Europe/Berlin'],
  ['Europe/Oslo', '2022-06-01', 'Europe/Berlin'],
  ['America/Toronto', '2022-11-01', 'America/New_York'],
  ['Asia/Seoul', '2022-11-01', 'Asia/Tokyo'],
])('the zone of %s from %s has the hours and the clock changes of %s', (zone, from, expected) => {
  const { history, end } = recorded(zone, { from, days: 14, restShare: 0.1 });
  expect(likelyTimezone(history, end)).toBe(expected);
});

test('it is told from what came before the given time alone', () => {
  const { history } = recorded('Asia/Seoul', { from: '2022-11-01', days: 14 });
  expect(likelyTimezone(history, Date.parse('2022-11-03') / 1000)).toBeNull();
});

test('bikes that move as much by night as by day tell no zone', () => {
  const { history, end } = recorded('Asia/Seoul', { from: '2022-11-01', days: 14, restShare: 1 });
  expect(likelyTimezone(history, end)).toBeNull();
});

test('a night that nobody recorded tells no zone', () => {
  const { history, end } = recorded('UTC', { from: '2022-11-01', days: 14 });
  const awake = Array.from(history.times.keys()).filter((at) => (history.hours[at] as number) % 24 > 4);
  const stations = history.station_ids.length;
  const bikes = Int16Array.from(
    awake.flatMap((at) => [...history.bikes.subarray(at * stations, (at + 1) * stations)]),
  );
  const times = Float64Array.from(awake, (at) => history.times[at] as number);
  expect(likelyTimezone(historyOf({ ...history, times, bikes }, 'UTC'), end)).toBeNull();
});
