import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { random } from '../../../../test/history/random.ts';
import { randomStations } from '../../../../test/history/random-store.ts';
import {
  type EventSource,
  isStations,
  openEvents,
  type ReceivedEvent,
} from '../../../../test/workers/event-source.ts';
import { startTestLive, type TestLive } from '../../../../test/workers/test-live.ts';
import { openTestStore, type TestStore } from '../../../../test/workers/test-store.ts';
import type { Change } from '../api/change.ts';
import { healthEvent, stationsEvent } from '../api/events.ts';
import type { Station } from '../api/station.ts';

let store: TestStore;
let live: TestLive;
beforeAll(async () => {
  store = await openTestStore();
  live = await startTestLive(store.readerUrl);
});
afterAll(async () => {
  await live[Symbol.asyncDispose]();
  await store[Symbol.asyncDispose]();
});

const eventsUrl = (system: string) => `${live.url}/api/v1/systems/${system}/events`;
const follow = (system: string, lastEventId?: string) => openEvents(eventsUrl(system), lastEventId);

/** A poll in which station `1` has so many bikes. */
const bikes = (system: string, second: number, count: number) =>
  store.poll(system, second, [
    { station_id: '1', num_bikes_available: count, num_docks_available: 20 - count },
    { station_id: '2', num_bikes_available: 3, num_docks_available: 3 },
  ]);

describe('the events of a system', () => {
  test('begin with its health, and tell a change as it is committed, in the form the document says', async () => {
    await bikes('told', 0, 5);
    const client = await follow('told');
    expect(client.status).toBe(200);
    expect(client.headers['content-type']).toBe('text/event-stream; charset=utf-8');
    const first = await client.next();
    expect(healthEvent.parse(first.data)).toMatchObject({
      observed_at: '2026-06-15T12:00:00.000Z',
      database: 'ok',
    });
    await bikes('told', 30, 4);
    const { id, data } = await client.next(isStations);
    expect(stationsEvent.parse(data)).toMatchObject({
      cursor: id,
      observed_at: '2026-06-15T12:00:30.000Z',
      stations: [{ station_id: '1', num_bikes_available: 4 }],
      changes: [{ station_id: '1', bikes_delta: -1, prev_observed_at: '2026-06-15T12:00:00.000Z' }],
      changes_omitted: false,
    });
    client.close();
  });

  test('tell a poll that changed nothing, a failed one and new names as health', async () => {
    await bikes('health', 0, 5);
    const client = await follow('health');
    const { data: before } = await client.next();
    await bikes('health', 30, 5);
    expect((await client.next()).data).toMatchObject({ observed_at: '2026-06-15T12:00:30.000Z' });
    await store.record({ system_id: 'health', second: 60, outcome: 'failed', error: 'timeout' });
    expect((await client.next()).data).toMatchObject({
      observed_at: '2026-06-15T12:00:30.000Z',
      feeds: [{ feed: 'station_status', consecutive_failures: 1, last_error: 'timeout' }],
    });
    await store.record({
      system_id: 'health',
      feed: 'station_information',
      second: 70,
      body: { data: { stations: [{ station_id: '1', name: 'Square', lat: 59.9, lon: 10.7 }] } },
    });
    const { data: after } = await client.next();
    expect(after.information_version).not.toBe(before.information_version);
    expect((await live.json('/systems/health/stations')).information_version).toBe(after.information_version);
    expect(client.events.every(({ event }) => event === 'health')).toBe(true);
    client.close();
  });

  test('take one query for each wake-up, however many follow', async () => {
    await bikes('many', 0, 5);
    const clients = await Promise.all(Array.from({ length: 100 }, () => follow('many')));
    for (const client of clients) await client.next();
    const wakeups = () => live.metric('velolog_live_wakeups_total');
    const queries = () => live.metric('velolog_live_event_queries_total');
    const [wakeupsBefore, queriesBefore, notifiedBefore] = [
      await wakeups(),
      await queries(),
      await live.metric('velolog_live_wakeups_total', 'notify'),
    ];
    for (let poll = 1; poll <= 5; poll++) {
      await bikes('many', poll * 30, poll);
      const told = await Promise.all(clients.map((client) => client.next(isStations)));
      expect(new Set(told.map(({ id }) => id)).size).toBe(1);
      expect(told[0]?.data.changes).toHaveLength(1);
    }
    expect((await live.metric('velolog_live_wakeups_total', 'notify')) - notifiedBefore).toBe(5);
    // A poll may have come in between; it is a wake-up, too.
    const asked = (await queries()) - queriesBefore;
    expect(asked).toBeGreaterThanOrEqual(5);
    expect(asked).toBeLessThanOrEqual((await wakeups()) - wakeupsBefore);
    for (const client of clients) {
      expect(client.events.map(({ event }) => event)).toEqual(['health', ...Array(5).fill('stations')]);
    }
    for (const client of clients) client.close();
  });

  test('are not of other systems', async () => {
    await bikes('mine', 0, 5);
    const client = await follow('mine');
    await client.next();
    await bikes('yours', 0, 1);
    await bikes('yours', 30, 2);
    await bikes('mine', 30, 6);
    expect((await client.next()).data.cursor).toBe(`${Date.parse('2026-06-15T12:00:30Z')}`);
    client.close();
  });
});

/** What a client that keeps to the document knows after its events. */
function remember(
  known: { stations: Map<string, Station>; changes: Change[] },
  events: ReceivedEvent[],
): string | undefined {
  for (const { event, data } of events) {
    if (event !== 'stations') continue;
    for (const station of data.stations as Station[]) known.stations.set(station.station_id, station);
    known.changes.push(...(data.changes as Change[]));
  }
  return events.at(-1)?.id;
}

describe('Last-Event-ID', () => {
  test('resumes without loss or repeat, wherever the connection was cut and whatever is committed meanwhile', async () => {
    const seed = Number(process.env.SEED ?? Date.now() % 100_000);
    console.log(`event-stream: SEED=${seed}`);
    const next = random(seed);
    await store.poll('cut', 0, randomStations(next));
    const snapshot = await live.json('/systems/cut/stations');
    const clients = Array.from({ length: 12 }, () => ({
      stations: new Map((snapshot.stations as Station[]).map((station) => [station.station_id, station])),
      changes: [] as Change[],
      id: snapshot.cursor as string,
      connection: null as EventSource | null,
    }));
    const cut = (client: (typeof clients)[number]) => {
      if (client.connection === null) return;
      client.id = remember(client, client.connection.events) ?? client.id;
      client.connection.close();
      client.connection = null;
    };
    const polls = 60;
    for (let poll = 1; poll <= polls; poll++) {
      const stored = store.poll('cut', poll * 30, randomStations(next));
      // While it commits, some go and some come back, by header as browsers do or by parameter.
      const moved = clients.map(async (client) => {
        const dice = next();
        if (dice < 0.2) cut(client);
        else if (dice < 0.5 && client.connection === null) {
          client.connection = await (next() < 0.5
            ? follow('cut', client.id)
            : openEvents(`${eventsUrl('cut')}?after=${client.id}`));
        }
      });
      await Promise.all([stored, ...moved]);
    }
    const [last] = await store.ask(
      `select extract(epoch from max(to_at)) * 1000 as ms from api.feed_coverage where system_id = 'cut'`,
    );
    for (const client of clients) {
      cut(client);
      client.connection = await follow('cut', client.id);
      await client.connection.next(({ id }) => Number(id) >= Number(last?.ms));
      cut(client);
    }
    const now = (await live.json('/systems/cut/stations')) as unknown as { stations: Station[] };
    const { changes } = (await live.json(
      '/systems/cut/changes?from=2026-06-15T12:00:00Z&to=2026-06-16T12:00:00Z&limit=5000',
    )) as unknown as { changes: Change[] };
    expect(changes.length).toBeGreaterThan(200);
    const values = ({ observed_at: _, ...station }: Station) => station;
    for (const client of clients) {
      expect(client.changes).toEqual(changes);
      for (const station of now.stations) {
        expect(values(client.stations.get(station.station_id) as Station)).toEqual(values(station));
      }
    }
  });

  test('of a history that this one has not reached brings every station', async () => {
    await bikes('future', 0, 5);
    const client = await follow('future', '4000000000000');
    // What was missed comes before anything else: a client that waited for it alone would wait for ever where it was lost.
    const first = await client.next();
    expect(first.event).toBe('stations');
    expect(first.data.stations).toHaveLength(2);
    client.close();
  });

  test('that is not a cursor is refused, and so is such an `after`', async () => {
    await bikes('refused', 0, 5);
    for (const path of ['/systems/refused/events?after=yesterday', '/systems/refused/events?after=-1']) {
      const answer = await live.get(path);
      expect([answer.status, await answer.json()]).toMatchObject([400, { parameter: 'after' }]);
    }
  });
});

describe('a client', () => {
  test('of an unknown system gets 404, and none is kept for it', async () => {
    const client = await follow('nowhere');
    expect(client.status).toBe(404);
    expect(JSON.parse(await client.body)).toMatchObject({ status: 404, title: 'Not found' });
    expect(client.headers['content-type']).toBe('application/problem+json');
  });

  test('beyond the limit a client gets Retry-After, and is accepted when another leaves', async () => {
    await bikes('full', 0, 5);
    await using small = await startTestLive(store.readerUrl, { eventClientsMax: 2 });
    const url = `${small.url}/api/v1/systems/full/events`;
    const [first, second] = [await openEvents(url), await openEvents(url)];
    const third = await openEvents(url);
    expect([third.status, third.headers['retry-after']]).toEqual([503, '30']);
    expect(JSON.parse(await third.body).detail).toContain('2 clients');
    first?.close();
    await expect.poll(() => small.metric('velolog_live_event_clients')).toBe(1);
    const fourth = await openEvents(url);
    expect(fourth.status).toBe(200);
    second?.close();
    fourth.close();
  });

  test('that takes nothing is cut off without holding up the others, and resumes with all it missed', async () => {
    const stations = (count: number) =>
      Array.from({ length: 2_000 }, (_, index) => ({
        station_id: `${index}`,
        num_bikes_available: count,
        num_docks_available: 1,
      }));
    await store.poll('slow', 0, stations(0));
    const { hostname, port } = new URL(live.url);
    const slow = connect(Number(port), hostname);
    slow.on('error', () => {});
    slow.write('GET /api/v1/systems/slow/events HTTP/1.1\r\nhost: x\r\n\r\n');
    const brisk = await follow('slow');
    const { id } = await brisk.next();
    await expect.poll(() => live.metric('velolog_live_event_clients')).toBe(2);
    let count = 0;
    while ((await live.metric('velolog_live_clients_dropped_total', 'slow')) === 0) {
      count += 1;
      expect(count).toBeLessThan(200);
      await store.poll('slow', count * 30, stations(count % 90));
      expect((await brisk.next(isStations)).data.stations).toHaveLength(2_000);
    }
    slow.destroy();
    const resumed = await follow('slow', id);
    const { event, data } = await resumed.next();
    expect(event).toBe('stations');
    expect((data.stations as Station[]).every((station) => station.num_bikes_available === count % 90)).toBe(
      true,
    );
    resumed.close();
    brisk.close();
  });
});
