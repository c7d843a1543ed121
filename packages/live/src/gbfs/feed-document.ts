import { notFound } from '../api/api-problem.ts';
import { unknownSystem } from '../questions/expect-system.ts';
import { type GbfsStation, readNextObservation } from '../questions/gbfs/read-gbfs-stations.ts';
import type { GbfsSystem } from '../questions/gbfs/read-gbfs-system.ts';
import { readGbfsVehicleTypes, readNextVehicles } from '../questions/gbfs/read-gbfs-vehicles.ts';
import type { GbfsReading } from './gbfs-reading.ts';
import { type GbfsVersion, SERVED_VERSIONS } from './gbfs-version.ts';
import { type Publication, ttlOf, writeDocument } from './publication.ts';
import { expectKept, expectLicence, type Shared } from './served-systems.ts';
import { stationInformation, stationStatus } from './station-documents.ts';
import { type Publisher, systemInformation } from './system-documents.ts';
import { vehicleStatus, vehicleTypes } from './vehicle-documents.ts';

/** The requested document. `at` is null for the present. */
export type Asked = {
  systemId: string;
  version: GbfsVersion;
  file: string;
  at: Date | null;
  publisher: Publisher;
  shared: Shared;
};

type Question = Asked & { reading: GbfsReading; system: GbfsSystem };

/** The feeds of a version, and how each is created. */
export function feedsOf(version: GbfsVersion): Record<string, (question: Question) => Promise<Publication>> {
  return {
    gbfs: discovery,
    gbfs_versions: versions,
    system_information: information,
    vehicle_types: types,
    station_information: stations(stationInformation),
    station_status: stations(stationStatus),
    [version.vehicleFeed]: vehicles,
  };
}

/**
 * The text of a document.
 * @throws ApiProblem when the system is unknown or not served, or was not observed at that moment
 */
export async function feedDocument(reading: GbfsReading, asked: Asked): Promise<string> {
  const system = await reading.system(asked.systemId);
  if (system === null) throw unknownSystem(asked.systemId);
  expectLicence(system, asked.shared);
  if (asked.at === null && system.is_archive) throw notFound(archiveDetail(system));
  const make = feedsOf(asked.version)[asked.file];
  if (make === undefined) throw new Error(`No document is made for ${asked.file}`);
  return writeDocument(asked.version, await make({ ...asked, reading, system }));
}

const STATIC_TTL_SECONDS = 300;
const LIVE_TTL_SECONDS = 60;

async function discovery(question: Question): Promise<Publication> {
  const { system, version, at } = question;
  const names = [
    'system_information',
    'gbfs_versions',
    ...(system.first_observed_at === null ? [] : ['station_information', 'station_status']),
    ...(system.vehicle_feed === null ? [] : [version.vehicleFeed]),
    ...(system.has_vehicle_types ? ['vehicle_types'] : []),
  ];
  if (system.first_observed_at === null && system.vehicle_feed === null) {
    throw notFound(
      `No station or vehicle of the system ${JSON.stringify(system.system_id)} has been observed yet`,
    );
  }
  const feeds = names.map((name) => ({ name, url: urlOf(question, version, name) }));
  return {
    lastUpdated: at ?? startOfWindow(),
    ttlSeconds: ttlOf(null, STATIC_TTL_SECONDS, at !== null),
    data: version.discovery(feeds),
  };
}

async function versions(question: Question): Promise<Publication> {
  const { at } = question;
  const served = SERVED_VERSIONS.map((version) => ({
    version: version.version,
    url: urlOf(question, version, 'gbfs'),
  }));
  return {
    lastUpdated: at ?? startOfWindow(),
    ttlSeconds: ttlOf(null, STATIC_TTL_SECONDS, at !== null),
    data: { versions: served },
  };
}

async function information({ system, version, at, publisher }: Question): Promise<Publication> {
  return {
    ...staticMoment(system, 'system_information', at),
    ...systemInformation(version, system, publisher),
  };
}

async function types({ reading, system, version, at }: Question): Promise<Publication> {
  if (!system.has_vehicle_types)
    throw notFound(`The system ${JSON.stringify(system.system_id)} has no vehicle_types`);
  return {
    ...staticMoment(system, 'vehicle_types', at),
    ...vehicleTypes(version, await readGbfsVehicleTypes(reading.reader, system.system_id, at)),
  };
}

/** Both list the stations of the same moment. */
function stations(
  write: (version: GbfsVersion, stations: GbfsStation[]) => Pick<Publication, 'data' | 'leftOut'>,
) {
  return async ({ reading, system, version, at }: Question): Promise<Publication> => {
    const { system_id } = system;
    const found = await reading.stations(system_id, at);
    if (!found.isSeen || found.observedAt === null) {
      const next = at && (await readNextObservation(reading.reader, system_id, ['station_status'], at));
      throw unseen('stations', system_id, { at, last: found.observedAt, next });
    }
    expectKept(found.stations, system_id);
    const { ttl_seconds } = system.feeds.station_status ?? {};
    return {
      lastUpdated: new Date(found.observedAt),
      ttlSeconds: ttlOf(ttl_seconds, LIVE_TTL_SECONDS, at !== null),
      ...write(version, found.stations),
    };
  };
}

async function vehicles({ reading, system, version, at, shared }: Question): Promise<Publication> {
  const { system_id } = system;
  shared.expectStays(at);
  const { observedAt, isSeen, vehicles } = await reading.vehicles(system_id, at);
  if (!isSeen || observedAt === null) {
    const next = at && (await readNextVehicles(reading.reader, system_id, at));
    throw unseen('vehicles', system_id, { at, last: observedAt, next });
  }
  const { ttl_seconds } = system.feeds[system.vehicle_feed ?? ''] ?? {};
  return {
    lastUpdated: new Date(observedAt),
    ttlSeconds: ttlOf(ttl_seconds, LIVE_TTL_SECONDS, at !== null),
    // The version is part of the key: otherwise readers of both versions could tell what one of them leaves out.
    ...vehicleStatus(
      version,
      vehicles,
      `${system_id}\n${version.version}\n${at?.toISOString() ?? `now ${observedAt}`}`,
    ),
  };
}

type Unseen = { at: Date | null; last: string | null; next: string | null };

function unseen(what: 'stations' | 'vehicles', systemId: string, { at, last, next }: Unseen): Error {
  const name = JSON.stringify(systemId);
  const when = at === null ? 'now' : `at ${at.toISOString()}`;
  if (last === null && next === null)
    return notFound(
      at === null
        ? `No ${what} of the system ${name} have been observed yet`
        : `No ${what} of the system ${name} had been observed by ${at.toISOString()}`,
    );
  const before =
    last === null
      ? `The first observation was at ${next}`
      : `The last observation before was at ${last}${next === null ? '' : `, the next at ${next}`}`;
  return notFound(
    `The ${what} of the system ${name} were not observed ${when}. ${before}; request one of these times with ?at=`,
  );
}

function archiveDetail({ system_id }: GbfsSystem): string {
  return `The system ${JSON.stringify(system_id)} is not polled, so it has no present state. Request a past time with ?at=; /api/v1/systems/${encodeURIComponent(system_id)} says which times were recorded`;
}

function staticMoment(
  system: GbfsSystem,
  feed: string,
  at: Date | null,
): Pick<Publication, 'lastUpdated' | 'ttlSeconds'> {
  const told = system.feeds[feed];
  const lastUpdated = at ?? (told?.last_success_at ? new Date(told.last_success_at) : startOfWindow());
  return { lastUpdated, ttlSeconds: ttlOf(told?.ttl_seconds, STATIC_TTL_SECONDS, at !== null) };
}

/** What this server creates is the same for all requests within a ttl. */
export function startOfWindow(): Date {
  const windowMs = STATIC_TTL_SECONDS * 1000;
  return new Date(Math.floor(Date.now() / windowMs) * windowMs);
}

/**
 * The moment is part of the URLs, so that a client with a discovery file of the past reads all feeds of that moment.
 */
function urlOf({ systemId, at, publisher }: Question, { version }: GbfsVersion, name: string): string {
  const path = `/gbfs/${encodeURIComponent(systemId)}/${version}/${name}.json`;
  return `${publisher.origin}${path}${at === null ? '' : `?at=${encodeURIComponent(at.toISOString())}`}`;
}
