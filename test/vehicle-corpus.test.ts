import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { corpus, missingCorpus } from './corpus.ts';
import { apart } from './history/slow/slow-vehicle-stays.ts';
import { readTableRows } from './history/table-rows.ts';
import { type ImportPipeline, startImportPipeline } from './workers/import-pipeline.ts';
import { openTestStore, type TestStore } from './workers/test-store.ts';

const SERIES = [
  'tier_wolfsburg_free_bike_status',
  'jump_providence',
  'spin_providence',
  'veoride_providence',
].map((name) => ({ name, file: join(corpus, 'series', name, 'free_bike_status.ndjson.gz') }));

const missing = missingCorpus('series/tier_wolfsburg_free_bike_status/free_bike_status.ndjson.gz');

type Raw = { type: string | null; state: string; lat: number; lon: number };

/** Each snapshot of a recording, read without our decoder; of an id listed twice the last counts. */
function snapshotsOf(file: string): { at: string; body: string; vehicles: Raw[] }[] {
  const lines = gunzipSync(readFileSync(file)).toString().trimEnd().split('\n');
  return lines.map((line) => {
    const { fetched_at, body } = JSON.parse(line) as { fetched_at: string; body: string };
    type Bike = Record<string, unknown> & { lat: number; lon: number };
    const rows = (JSON.parse(body) as { data: { bikes: Bike[] } }).data.bikes.map((bike): [unknown, Raw] => [
      bike.bike_id ?? bike.bikeId,
      {
        type: (bike.vehicle_type_id ?? bike.vehicle_type ?? bike.jump_vehicle_type ?? null) as string | null,
        state:
          (bike.is_disabled ?? bike.isDisabled)
            ? 'disabled'
            : (bike.is_reserved ?? bike.isReserved)
              ? 'reserved'
              : 'available',
        lat: bike.lat,
        lon: bike.lon,
      },
    ]);
    return { at: fetched_at, body, vehicles: [...new Map(rows).values()] };
  });
}

describe.skipIf(missing !== null)('the recorded vehicles', () => {
  let pipeline: ImportPipeline;
  let client: pg.Client;

  beforeAll(async () => {
    pipeline = await startImportPipeline();
    client = new pg.Client({ connectionString: pipeline.databaseUrl });
    await client.connect();
  });

  afterAll(async () => {
    await client?.end();
    await pipeline?.stop();
  });

  test.each(SERIES)(
    'of $name import, and what is there at the end are the vehicles of the last snapshot',
    async ({ name, file }) => {
      const snapshots = snapshotsOf(file);
      const result = await pipeline.importFeed('free_bike_status', name, file);
      expect(result).toMatchObject({ rejected: 0 });
      expect(result.polls + result.skipped).toBe(snapshots.length);
      const { rows } = await client.query<Raw>(CURRENT, [name]);
      expect(rows.length).toBe(snapshots.at(-1)?.vehicles.length);
      expect(unmatched(snapshots.at(-1)?.vehicles ?? [], rows)).toEqual([]);
    },
  );

  test('imported again, all of them change no row', async () => {
    const before = await readTableRows(pipeline.databaseUrl);
    expect(before.vehicle_stay?.length).toBeGreaterThan(2_000);
    for (const { name, file } of SERIES) {
      expect(await pipeline.importFeed('free_bike_status', name, file)).toMatchObject({ polls: 0, stays: 0 });
    }
    expect(await readTableRows(pipeline.databaseUrl)).toEqual(before);
  });
});

// A stay goes on over an absence of a few minutes, so what was open at a snapshot can be seen only then.
describe.skipIf(missing !== null)('stored one by one', () => {
  let store: TestStore;
  beforeAll(async () => {
    store = await openTestStore();
  });
  afterAll(() => store?.[Symbol.asyncDispose]());

  test.each(SERIES)(
    'the open stays are the listed vehicles at each snapshot of $name',
    async ({ name, file }) => {
      for (const { at, body, vehicles } of snapshotsOf(file)) {
        const fetched_at = new Date(at);
        await store.record({
          system_id: name,
          feed: 'free_bike_status',
          second: 0,
          fetched_at,
          imported: true,
          body,
        });
        const rows = (await store.ask(CURRENT, [name])) as Raw[];
        expect(rows.length, at).toBe(vehicles.length);
        expect(unmatched(vehicles, rows), at).toEqual([]);
      }
    },
  );
});

const CURRENT =
  'select vehicle_type_id as type, state, lat, lon from api.vehicle_current where system_id = $1';

/** Vehicles that no stay of the same type and state lies within 50 m of; each stay stands for one vehicle. */
function unmatched(vehicles: Raw[], given: Raw[]): Raw[] {
  // 50 m are less than this in degrees of latitude, everywhere; the distance itself costs far more.
  const bandOf = ({ lat }: Raw) => Math.floor(lat / 0.001);
  const stays = Map.groupBy(given, (stay) => `${stay.type} ${stay.state} ${bandOf(stay)}`);
  const near = new Map(
    vehicles.map((vehicle) => [
      vehicle,
      [-1, 0, 1]
        .flatMap((more) => stays.get(`${vehicle.type} ${vehicle.state} ${bandOf(vehicle) + more}`) ?? [])
        .filter((stay) => apart(vehicle, stay) <= 50.001),
    ]),
  );
  const vehicleOf = new Map<Raw, Raw>();
  // A stay that is taken is given up where its vehicle finds another one.
  const place = (vehicle: Raw, tried: Set<Raw>): boolean =>
    (near.get(vehicle) ?? []).some((stay) => {
      if (tried.has(stay)) return false;
      tried.add(stay);
      const other = vehicleOf.get(stay);
      if (other !== undefined && !place(other, tried)) return false;
      vehicleOf.set(stay, vehicle);
      return true;
    });
  return vehicles.filter((vehicle) => !place(vehicle, new Set()));
}
