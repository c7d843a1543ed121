import { decodeVehicleStatus } from '@velolog/gbfs/feeds/vehicle-status';
import { ID_REGIMES, type IdRegime } from '@velolog/simulator/fleet/vehicle-id';
import { PublishedSystem } from '@velolog/simulator/published-system';
import { type GbfsVersion, planSystems } from '@velolog/simulator/systems';
import { afterAll, describe, expect, test } from 'vitest';
import { KeptVehicleStays } from './history/kept-vehicle-stays.ts';
import { apart } from './history/slow/slow-vehicle-stays.ts';

/** What is recorded of simulated fleets, against what really happened to each of their vehicles. */
const seed = process.env.SEED ?? String(Math.floor(Math.random() * 2 ** 31));
console.info(`vehicle-truth: seed ${seed} (repeat with SEED=${seed})`);
const startedAtMs = Date.UTC(2026, 10, 23, 23);
const PUBLICATION_MS = 30_000;
/** From midnight in Oslo through the night, in which a part of the fleet is collected, into the morning. */
const POLLS = (8 * 3_600_000) / PUBLICATION_MS;
const FEED: Record<GbfsVersion, 'free_bike_status' | 'vehicle_status'> = {
  '1.0': 'free_bike_status',
  '2.3': 'free_bike_status',
  '3.0': 'vehicle_status',
};
const lines: string[] = [];

function fleetOf(regime: IdRegime, version: GbfsVersion, vehicles: number): PublishedSystem {
  const [plan] = planSystems({
    systems: 1,
    stations: 60,
    versions: [version],
    vehicles,
    vehicleIds: [regime],
    everyFeed: true,
    seed,
  });
  if (plan === undefined) throw new Error('no system was planned');
  const timeline = { startedAtMs, publicationSeconds: PUBLICATION_MS / 1000, timeFactor: 1 };
  return new PublishedSystem(plan, {
    timeline,
    ttlSeconds: 30,
    startHour: null,
    baseUrl: 'http://simulated.test',
  });
}

function record(
  system: PublishedSystem,
  eachPoll: (kept: KeptVehicleStays, atMs: number) => void,
): KeptVehicleStays {
  const kept = new KeptVehicleStays();
  for (let poll = 0; poll < POLLS; poll++) {
    const at = startedAtMs + poll * PUBLICATION_MS;
    const document = system.answer(FEED[system.system.version], at)?.document();
    const { rows, skipped, coerced } = decodeVehicleStatus(JSON.parse(JSON.stringify(document)));
    expect([skipped, coerced]).toEqual([{}, {}]);
    kept.play({ at, list: rows, lookedBefore: poll > 0 });
    eachPoll(kept, at);
  }
  return kept;
}

/** What is the same in a row and in the truth; GBFS 1.0 tells no type. */
function keyOf(from: number, to: number | null, state: string, type: string | null): string {
  return JSON.stringify([from, to, state, type]);
}

function trueKeys(system: PublishedSystem): string[] {
  const stays = system.vehicleStaysBetween(startedAtMs, startedAtMs + (POLLS - 1) * PUBLICATION_MS);
  return stays.map(({ from, to, state, vehicle_type_id }) =>
    keyOf(
      from.getTime(),
      to?.getTime() ?? null,
      state,
      system.system.version === '1.0' ? null : vehicle_type_id,
    ),
  );
}

function keptKeys(kept: KeptVehicleStays): string[] {
  return kept.rows.map(({ from_at, to_at, state, vehicle_type_id }) =>
    keyOf(from_at, to_at, state, vehicle_type_id),
  );
}

/** At this poll every vehicle that stands has exactly one open stay of its own within 50 m. */
function expectEachOnce(system: PublishedSystem, kept: KeptVehicleStays, at: number): void {
  const { vehicles } = system.vehicleTruth(at);
  const stays = vehicles.map(({ vehicle_id }) => kept.state.listed.get(vehicle_id)?.stay);
  expect(new Set(stays).size).toBe(vehicles.length);
  expect([...kept.stays.values()].filter(({ to_at }) => to_at === null)).toHaveLength(vehicles.length);
  for (const [index, vehicle] of vehicles.entries()) {
    const stay = stays[index];
    expect([stay?.state, stay?.to_at]).toEqual([vehicle.state, null]);
    const place = { lat: (stay?.lat_e5 ?? 0) / 1e5, lon: (stay?.lon_e5 ?? 0) / 1e5 };
    expect(apart(place, vehicle)).toBeLessThanOrEqual(50);
  }
}

describe.each([...ID_REGIMES])('a fleet with %s ids', (regime) => {
  test('no vehicle is lost or counted twice at any poll, from midnight to the morning', () => {
    const system = fleetOf(regime, '3.0', 150);
    let poll = 0;
    record(system, (kept, at) => {
      if (poll++ % 20 === 0) expectEachOnce(system, kept, at);
      else {
        const open = kept.state.listed.size;
        expect(open).toBe(150 - system.vehicleTruth(at).vehiclesAway);
      }
    });
  });

  test('appeared and vanished equal the truth: exactly, or with at most 2 % more stays if ids rotate', () => {
    const system = fleetOf(regime, '2.3', 600);
    const kept = record(system, () => {});
    const [found, truth] = [keptKeys(kept), trueKeys(system)];
    lines.push(
      `${regime} ids: ${truth.length} true stays of 600 vehicles in 8 h, ${found.length} recorded (${((100 * found.length) / truth.length - 100).toFixed(2)} % more)`,
    );
    expect(truth.length).toBeGreaterThan(800);
    if (regime === 'rotating') {
      expect(found.length).toBeLessThanOrEqual(truth.length * 1.02);
      expect(found.length).toBeGreaterThanOrEqual(truth.length * 0.98);
    } else {
      expect(found.sort()).toEqual(truth.sort());
    }
  });
});

test('a fleet that GBFS 1.0 publishes, without types or ranges, is recorded exactly, too', () => {
  const system = fleetOf('static', '1.0', 300);
  const kept = record(system, () => {});
  expect(keptKeys(kept).sort()).toEqual(trueKeys(system).sort());
});

afterAll(() => console.info(lines.join('\n')));
