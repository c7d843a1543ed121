import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { parseBody } from '@velolog/gbfs/body';
import { decodeVehicleStatus } from '@velolog/gbfs/feeds/vehicle-status';
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import { corpus, missingCorpus } from '../../../../../test/corpus.ts';
import { KeptVehicleStays } from '../../../../../test/history/kept-vehicle-stays.ts';
import {
  apart,
  type RawVehicle,
  type SlowPoll,
  slowVehicleStays,
} from '../../../../../test/history/slow/slow-vehicle-stays.ts';
import { cover, startLane } from '../coverage.ts';
import type { VehicleStay } from './vehicle-state.ts';

const missing = missingCorpus('series/tier_wolfsburg_free_bike_status/free_bike_status.ndjson.gz');
const lines: string[] = [];

type Snapshot = { at: number; body: string };

function readRecording(series: string): Snapshot[] {
  const packed = readFileSync(join(corpus, 'series', series, 'free_bike_status.ndjson.gz'));
  return gunzipSync(packed)
    .toString()
    .trimEnd()
    .split('\n')
    .map((line) => {
      const { fetched_at, body } = JSON.parse(line) as { fetched_at: string; body: string };
      return { at: Date.parse(fetched_at), body };
    });
}

/** The rows of a raw body, read without the decoder; of an id listed twice the last counts. */
function readRaw(body: string): RawVehicle[] {
  type Bike = Record<string, unknown> & { lat: number; lon: number };
  const rows = (JSON.parse(body) as { data: { bikes: Bike[] } }).data.bikes.map((bike) => ({
    id: String(bike.bike_id ?? bike.bikeId),
    lat: bike.lat,
    lon: bike.lon,
    type: (bike.vehicle_type_id ?? bike.vehicle_type ?? bike.jump_vehicle_type ?? null) as string | null,
    station: null,
    state:
      (bike.is_disabled ?? bike.isDisabled)
        ? 'disabled'
        : (bike.is_reserved ?? bike.isReserved)
          ? 'reserved'
          : 'available',
  }));
  return [...new Map(rows.map((row) => [row.id, row])).values()];
}

/** Whether each poll goes on with the observation of the one before, as the store decides it. */
function withCoverage(snapshots: readonly Snapshot[]): (Snapshot & { lookedBefore: boolean })[] {
  const lane = startLane(snapshots[0]?.at ?? 0);
  return snapshots.map((snapshot) => ({
    ...snapshot,
    lookedBefore: cover(lane, snapshot.at, 'observed').polls > 1,
  }));
}

describe.each([
  'tier_wolfsburg_free_bike_status',
  'jump_providence',
  'spin_providence',
  'veoride_providence',
])('the recording %s', (series) => {
  beforeEach(({ skip }) => {
    if (missing) skip(missing);
  });

  test('at each snapshot the open stays are the listed vehicles: type, state and place within 50 m', () => {
    const kept = new KeptVehicleStays();
    for (const { at, body, lookedBefore } of withCoverage(readRecording(series))) {
      kept.play({ at, list: decodeVehicleStatus(parseBody(body)).rows, lookedBefore });
      const raw = readRaw(body);
      const open = [...kept.stays.values()].filter(({ to_at }) => to_at === null);
      expect(open.length).toBe(raw.length);
      for (const row of raw) {
        const stay = kept.state.listed.get(row.id)?.stay as VehicleStay;
        expect([stay.to_at, stay.vehicle_type_id, stay.state]).toEqual([null, row.type, row.state]);
        const place = { lat: (stay.lat_e5 ?? 0) / 1e5, lon: (stay.lon_e5 ?? 0) / 1e5 };
        expect(apart(place, row)).toBeLessThanOrEqual(50);
      }
    }
  });

  test('all stays are those that a slow program finds in the raw bodies', () => {
    const polls = withCoverage(readRecording(series));
    const kept = new KeptVehicleStays();
    const slow: SlowPoll[] = [];
    for (const { at, body, lookedBefore } of polls) {
      kept.play({ at, list: decodeVehicleStatus(parseBody(body)).rows, lookedBefore });
      slow.push({ at, vehicles: readRaw(body), lookedBefore });
    }
    const found = slowVehicleStays(slow).map((stay) =>
      [
        stay.from,
        stay.to,
        stay.type,
        stay.state,
        stay.lat.toFixed(5),
        stay.lon.toFixed(5),
        stay.beginSeen,
      ].join(),
    );
    const rows = kept.rows.map((stay) =>
      [
        stay.from_at,
        stay.to_at,
        stay.vehicle_type_id,
        stay.state,
        ((stay.lat_e5 ?? 0) / 1e5).toFixed(5),
        ((stay.lon_e5 ?? 0) / 1e5).toFixed(5),
        stay.begin_seen,
      ].join(),
    );
    expect(rows.sort()).toEqual(found.sort());
    report(series, polls, slow, kept);
  });

  test('played twice, or with a restart before every poll, it gives the same rows', () => {
    const polls = withCoverage(readRecording(series));
    const [once, restarted] = [new KeptVehicleStays(), new KeptVehicleStays()];
    for (const { at, body, lookedBefore } of polls) {
      const list = decodeVehicleStatus(parseBody(body)).rows;
      once.play({ at, list, lookedBefore });
      restarted.restart();
      restarted.play({ at, list: list.toReversed(), lookedBefore });
    }
    expect(restarted.rows).toEqual(once.rows);
  });
});

test('Tier: at most 0.15 rows per vehicle and hour, also with a poll every few minutes', ({ skip }) => {
  if (missing) skip(missing);
  const polls = withCoverage(readRecording('tier_wolfsburg_free_bike_status'));
  const kept = new KeptVehicleStays();
  const all = { rows: 0, vehicleHours: 0 };
  const close = { rows: 0, vehicleHours: 0 };
  let before: { at: number; vehicles: number } | null = null;
  for (const { at, body, lookedBefore } of polls) {
    const list = decodeVehicleStatus(parseBody(body)).rows;
    const rowsBefore = kept.rowsBegun;
    kept.play({ at, list, lookedBefore });
    const sums = before !== null && at - before.at <= 400_000 ? [all, close] : [all];
    for (const sum of sums) {
      sum.rows += kept.rowsBegun - rowsBefore;
      sum.vehicleHours += before === null ? 0 : (before.vehicles * (at - before.at)) / 3_600_000;
    }
    before = { at, vehicles: list.length };
  }
  for (const [where, { rows, vehicleHours }] of Object.entries({
    'all polls': all,
    'polls 400 s apart at most': close,
  })) {
    const rate = rows / vehicleHours;
    lines.push(
      `Tier, ${where}: ${rows} rows in ${vehicleHours.toFixed(0)} vehicle-hours = ${rate.toFixed(3)} per vehicle and hour`,
    );
    expect(rate).toBeLessThanOrEqual(0.15);
  }
});

function report(series: string, polls: Snapshot[], slow: SlowPoll[], kept: KeptVehicleStays): void {
  const vehicles = slow.reduce((sum, poll) => sum + (poll.vehicles?.length ?? 0), 0);
  const hours = ((polls.at(-1)?.at ?? 0) - (polls[0]?.at ?? 0)) / 3_600_000;
  const mean = vehicles / polls.length;
  lines.push(
    `${series}: ${polls.length} polls in ${hours.toFixed(1)} h, ${mean.toFixed(0)} vehicles, ${kept.stays.size} stays`,
  );
}

afterAll(() => {
  if (lines.length > 0) console.info(lines.join('\n'));
});
