import { givenStation as station } from '../history/given-station.ts';
import { HOUR, MINUTE, place, pollSeconds, type QualityStore } from '../workers/quality-store.ts';
import { END_SECOND, type FlagCases, type Given } from './flag-cases.ts';

const DEFINES_OTHER = { type: 'other', region: 'other', defined: ['known', 'other'] };

/** Names that one feed of a system uses and another does not know. */
export const DANGLING_FLAGS: FlagCases[] = [
  dangling('nameless', 'station_status', {
    status: ['known', 'nameless'],
    information: ['known'],
  }),
  dangling(
    'no longer in station_information',
    'station_status',
    { status: ['known', 'dropped'], information: ['known'] },
    { status: ['known', 'dropped'], information: ['known', 'dropped'] },
  ),
  dangling('nowhere', 'station_information', {
    status: ['known'],
    information: ['known', 'nowhere'],
  }),
  dangling(
    'no longer in station_status',
    'station_information',
    { status: ['known'], information: ['known', 'dropped'] },
    { status: ['known', 'dropped'], information: ['known', 'dropped'] },
  ),
  dangling('a vehicle type', 'vehicle_types', { type: 'other' }),
  dangling('a vehicle type that was dropped', 'vehicle_types', { type: 'other' }, DEFINES_OTHER),
  dangling('a vehicle type, none being defined', 'vehicle_types', { defined: [] }, {}),
  dangling('a region', 'system_regions', { region: 'other' }),
  dangling('a region that was dropped', 'system_regions', { region: 'other' }, DEFINES_OTHER),
  dangling('a region, none being defined', 'system_regions', { defined: [] }, {}),
];

/**
 * The names that the feeds of a system use: stations in two feeds, a vehicle type and a region, and the types and regions that are defined.
 */
type Named = {
  status: string[];
  information: string[];
  type: string | null;
  region: string | null;
  defined: string[];
};

const FEEDS = ['station_status', 'station_information', 'vehicle_types', 'system_regions'];

function bodiesOf({
  status = ['known'],
  information = ['known'],
  type = 'known',
  region = 'known',
  defined = ['known'],
}: Partial<Named>) {
  const types = type === null ? {} : { vehicle_types_available: [{ vehicle_type_id: type, count: 1 }] };
  return [
    { stations: status.map((id) => station(id, 1, 1, types)) },
    { stations: information.map((id, index) => place(index, { station_id: id, region_id: region })) },
    {
      vehicle_types: defined.map((id) => ({
        vehicle_type_id: id,
        form_factor: 'bicycle',
        propulsion_type: 'human',
      })),
    },
    { regions: defined.map((id) => ({ region_id: id, name: id })) },
  ];
}

/** One way in which a name dangles, perhaps after a time in which it did not. The relevant feeds are read; the first check is at 120 seconds. */
function dangling(way: string, feed: string, named: Partial<Named>, before?: Partial<Named>): FlagCases {
  const all = ['station_status', 'station_information', feed];
  const messagesOf = (
    store: QualityStore,
    system_id: string,
    second: number,
    names: Partial<Named>,
    feeds = all,
  ) =>
    bodiesOf(names).flatMap((data, at) => {
      const name = FEEDS[at] as string;
      return feeds.includes(name)
        ? [store.message({ system_id, feed: name, second, body: { ttl: 60, data } })]
        : [];
    });
  const read = (store: QualityStore, system_id: string, from: number, to: number, feeds = all) =>
    store.store(
      pollSeconds(from, to).flatMap((second) => messagesOf(store, system_id, second, named, feeds)),
    );
  const until =
    (seconds: number): Given =>
    async (store, system) => {
      if (before !== undefined) await store.store(messagesOf(store, system, -10 * MINUTE, before));
      await read(store, system, 0, 2 * MINUTE);
      await store.check();
      await read(store, system, 4 * MINUTE, seconds);
    };
  const readAtEnd =
    (names: Partial<Named>): Given =>
    (store, system) =>
      store.store(messagesOf(store, system, END_SECOND, names));
  const above = until(HOUR + 4 * MINUTE);
  return {
    flag: 'dangling_id',
    way,
    feed,
    below: { 'an hour': until(HOUR + 2 * MINUTE) },
    above,
    unobserved:
      before === undefined
        ? {
            'five hours in which nobody looked': async (store, system) => {
              await until(HOUR / 2)(store, system);
              await read(store, system, 5.5 * HOUR, 6 * HOUR);
            },
            'an hour of this feed alone': async (store, system) => {
              await until(HOUR / 2)(store, system);
              await read(store, system, HOUR / 2 + 2 * MINUTE, 1.5 * HOUR, [feed]);
            },
          }
        : {},
    end: readAtEnd({
      ...named,
      status: ['known', ...(named.information ?? [])],
      information: ['known', ...(named.status ?? [])],
      defined: ['known', 'other'],
    }),
    otherEnds: {
      'no longer named': {
        above,
        end: readAtEnd({ ...named, status: ['next'], information: ['next'], type: null, region: null }),
      },
    },
  };
}
