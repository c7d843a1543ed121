import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { parseBody } from './body.ts';
import { type Decoded, UndecodableBody } from './decoded.ts';
import { decodeDiscovery } from './discovery.ts';
import { decodeGbfsVersions } from './feeds/gbfs-versions.ts';
import { decodeGeofencingZones } from './feeds/geofencing-zones.ts';
import { decodeStationInformation } from './feeds/station-information.ts';
import { decodeStationStatus } from './feeds/station-status.ts';
import { decodeSystemAlerts } from './feeds/system-alerts.ts';
import { decodeSystemCalendar } from './feeds/system-calendar.ts';
import { decodeSystemHours } from './feeds/system-hours.ts';
import { decodeSystemInformation } from './feeds/system-information.ts';
import { decodeSystemPricingPlans } from './feeds/system-pricing-plans.ts';
import { decodeSystemRegions } from './feeds/system-regions.ts';
import { decodeVehicleStatus } from './feeds/vehicle-status.ts';
import { decodeVehicleTypes } from './feeds/vehicle-types.ts';
import { document, station } from './test-any-document.ts';
import { promised, time } from './test-promised-rows.ts';
import { COUNT_MAX } from './values/count.ts';
import { EARLIEST_TIMESTAMP, LATEST_TIMESTAMP } from './values/timestamp.ts';

const seed = Number(process.env.SEED ?? Math.floor(Math.random() * 2 ** 31));
console.info(`any-json: seed ${seed} (repeat with SEED=${seed})`);
const settings = { seed, numRuns: 300 };
// Generous, for a machine that is busy with other tests.
const tally = z.record(z.string().regex(/^[a-z0-9_]+$/), z.int().min(1));

function promisedBody(row: z.ZodType) {
  return z.strictObject({
    rows: z.array(row),
    version: z.string().nullable(),
    last_updated: time.nullable(),
    ttl: z.int().min(0).nullable(),
    skipped: tally,
    coerced: tally,
  });
}

const decoders: [name: string, decode: (document: unknown) => Decoded<unknown>, body: z.ZodType][] = [
  ['decodeStationStatus', decodeStationStatus, promisedBody(promised.status)],
  [
    'decodeStationInformation',
    (document) => decodeStationInformation(document, ['en']),
    promisedBody(promised.information),
  ],
  [
    'decodeSystemInformation',
    (document) => decodeSystemInformation(document, ['en']),
    promisedBody(promised.system),
  ],
  [
    'decodeGbfsVersions',
    (document) => decodeGbfsVersions(document, 'https://example.com/'),
    promisedBody(promised.version),
  ],
  [
    'decodeDiscovery',
    (document) => decodeDiscovery(document, 'https://example.com/gbfs.json', ['en']),
    promisedBody(promised.feed),
  ],
  ['decodeVehicleStatus', decodeVehicleStatus, promisedBody(promised.vehicle)],
  [
    'decodeVehicleTypes',
    (document) => decodeVehicleTypes(document, ['en']),
    promisedBody(promised.vehicleType),
  ],
  ['decodeSystemAlerts', (document) => decodeSystemAlerts(document, ['en']), promisedBody(promised.alert)],
  ['decodeSystemRegions', (document) => decodeSystemRegions(document, ['en']), promisedBody(promised.region)],
  [
    'decodeSystemPricingPlans',
    (document) => decodeSystemPricingPlans(document, ['en']),
    promisedBody(promised.plan),
  ],
  [
    'decodeGeofencingZones',
    (document) => decodeGeofencingZones(document, ['en']),
    promisedBody(promised.zone),
  ],
  ['decodeSystemHours', decodeSystemHours, promisedBody(promised.hours)],
  ['decodeSystemCalendar', decodeSystemCalendar, promisedBody(promised.season)],
];

describe.each(decoders)('%s', (_name, decode, body) => {
  test('turns any JSON value into valid rows, or refuses it as UndecodableBody', () => {
    fc.assert(
      fc.property(document, (anything) => {
        try {
          expect(body.safeParse(decode(anything)).error?.issues ?? []).toEqual([]);
        } catch (error) {
          if (!(error instanceof UndecodableBody)) throw error;
        }
      }),
      settings,
    );
  });
});

test('parseBody turns any bytes into a JSON value, or refuses them as UndecodableBody', () => {
  const bytes = fc.oneof(
    fc.uint8Array(),
    fc.json().map((json) => new TextEncoder().encode(json)),
  );
  fc.assert(
    fc.property(bytes, (anything) => {
      try {
        parseBody(anything);
      } catch (error) {
        if (!(error instanceof UndecodableBody)) throw error;
      }
    }),
    settings,
  );
});

test('every listed row is either a row or counted as skipped, and no station is there twice', () => {
  fc.assert(
    fc.property(fc.array(station, { maxLength: 10 }), (stations) => {
      const { rows, skipped } = decodeStationStatus({ data: { stations } });
      const left = Object.values(skipped).reduce((sum, times) => sum + times, 0);
      expect(rows.length + left).toBe(stations.length);
      expect(new Set(rows.map((row) => row.station_id)).size).toBe(rows.length);
    }),
    settings,
  );
});

test('a station reads the same whether its values fit the specification or have to be repaired to it', () => {
  const numbers = fc.integer({ min: 0, max: COUNT_MAX });
  const fitting = fc.record({
    num_bikes_available: numbers,
    num_docks_available: numbers,
    is_renting: fc.boolean(),
    last_reported: fc.integer({ min: EARLIEST_TIMESTAMP, max: LATEST_TIMESTAMP }),
  });
  const read = (values: object) =>
    decodeStationStatus({ data: { stations: [{ station_id: 'a', ...values }] } });
  fc.assert(
    fc.property(fitting, (values) => {
      const plain = read(values);
      const repaired = read(
        Object.fromEntries(Object.entries(values).map(([field, it]) => [field, String(it)])),
      );
      expect(repaired.rows).toEqual(plain.rows);
      expect(repaired.rows).toEqual(read({ ...values, last_reported: values.last_reported * 1000 }).rows);
      expect(plain.coerced).toEqual({});
      expect(repaired.coerced).toEqual({ count_text: 2, flag_text: 1, last_reported_text: 1 });
    }),
    settings,
  );
});
