import { expect, test } from 'vitest';
import { framesAhead, HistoryBuilder, UNKNOWN } from './history.ts';

const station = (station_id: string, bikes: number | null, docks: number | null = 5) => ({
  station_id,
  num_bikes_available: bikes,
  num_docks_available: docks,
});

test('observations come in any order, and those within five minutes after another are left out', () => {
  const builder = new HistoryBuilder();
  builder.add({ time: 3000, stations: [station('a', 3)] });
  builder.add({ time: 3060, stations: [station('a', 9)] });
  builder.add({ time: 1800, stations: [station('a', 1)] });
  builder.add({ time: 1900, stations: [station('a', 9)] });
  const { times, bikes } = builder.build();
  expect([...times]).toEqual([1800, 3000]);
  expect([...bikes]).toEqual([1, 3]);
});

test('a station that is new, gone or tells no count is unknown there, and a station listed twice counts once', () => {
  const builder = new HistoryBuilder();
  builder.add({ time: 0, stations: [station('a', 1), station('a', 2)] });
  builder.add({ time: 600, stations: [station('b', null, 0), station('c', -1)] });
  const { station_ids, bikes, docks } = builder.build();
  expect(station_ids).toEqual(['a', 'b', 'c']);
  expect([...bikes]).toEqual([2, UNKNOWN, UNKNOWN, UNKNOWN, UNKNOWN, UNKNOWN]);
  expect([...docks]).toEqual([5, UNKNOWN, UNKNOWN, UNKNOWN, 0, 5]);
});

test('hours and days are local, also across the change of the clocks and in zones of half an hour', () => {
  const builder = new HistoryBuilder();
  // Sunday 2022-10-30: Oslo leaves summer time at 01:00 UTC.
  for (const time of ['2022-10-29T22:30Z', '2022-10-30T00:30Z', '2022-10-30T01:30Z', '2022-10-31T05:00Z']) {
    builder.add({ time: Date.parse(time) / 1000, stations: [] });
  }
  const oslo = builder.build('Europe/Oslo');
  expect([...oslo.hours]).toEqual([24, 26, 26, 6]);
  expect([...oslo.days].map((day) => day - (oslo.days[0] as number))).toEqual([0, 0, 0, 1]);
  expect([...builder.build('Asia/Kolkata').hours]).toEqual([28, 30, 31, 10]);
});

test('a forecast comes true in the frame nearest to its time, and nowhere when nobody looked then', () => {
  const times = Float64Array.from([0, 600, 1190, 1800, 4000, 5200]);
  expect([...framesAhead(times, 20)]).toEqual([2, 3, -1, -1, 5, -1]);
});
