import pg from 'pg';
import { expect, test } from 'vitest';
import { startTestLive } from '../../../../test/workers/test-live.ts';
import { openTestStore } from '../../../../test/workers/test-store.ts';

test('the stations and the information_version of an answer are of one moment, also while names change', async () => {
  await using store = await openTestStore();
  await using live = await startTestLive(store.readerUrl);
  await store.poll('city', 0, [{ station_id: '1', num_bikes_available: 1 }]);
  const answer = async () => {
    const read = await live.json('/systems/city/stations');
    const { stations, information_version } = read as {
      stations: { name: string }[];
      information_version: string;
    };
    return { name: String(stations[0]?.name), information_version };
  };
  const client = new pg.Client({ connectionString: store.url });
  await client.connect();
  const rename = (name: string) => client.query('update velolog.station set name = $1', [name]);
  const versions = new Map<string, string>();
  for (const name of ['Square', 'Harbour']) {
    await rename(name);
    versions.set(name, (await answer()).information_version);
  }
  expect(versions.get('Square')).not.toBe(versions.get('Harbour'));
  let isDone = false;
  const renaming = (async () => {
    for (let turn = 0; !isDone; turn++) await rename(turn % 2 === 0 ? 'Square' : 'Harbour');
  })();
  for (let asked = 0; asked < 150; asked++) {
    const { name, information_version } = await answer();
    expect(information_version).toBe(versions.get(name));
  }
  isDone = true;
  await renaming;
  await client.end();
});
