import { createHash } from 'node:crypto';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { createCity, type Station } from './city/city.ts';
import { localStartMs } from './city/rhythm.ts';
import { publicationAt, secondOfStep, type Timeline } from './city/timeline.ts';
import { Traffic } from './city/traffic.ts';
import { changesBetween, stationStates, type TrueChange, type Truth, truthOf } from './city/truth.ts';
import type { FeedName, GbfsDocuments, SystemFacts } from './documents/gbfs-documents.ts';
import { GBFS_DOCUMENTS } from './documents/gbfs-versions.ts';
import { type Alert, alertsOf, PLANS, REGIONS, zonesOf } from './fleet/city-documents.ts';
import { Fleet } from './fleet/fleet.ts';
import { type FleetIdentity, publishedVehicles } from './fleet/published-vehicles.ts';
import { VEHICLE_KINDS } from './fleet/vehicle-kinds.ts';
import { type TrueVehicleStay, type VehicleTruth, vehicleStaysBetween } from './fleet/vehicle-truth.ts';
import type { SimulatedSystem } from './systems.ts';

export type RunSettings = {
  timeline: Timeline;
  ttlSeconds: number;
  /** Local hour at which every city begins; null for the current local hour. */
  startHour: number | null;
  /** URL below which the system is served, without a trailing slash. */
  baseUrl: string;
};

/** A feed's answer at one moment. Its document and body are made on demand, so they must be requested at once. */
export type FeedAnswer = {
  etag: string;
  lastModifiedMs: number;
  document: () => object;
  body: (encoding: 'gzip' | 'identity') => Promise<Uint8Array>;
};

/** Static feeds are republished every hour, so that readers do not think they are dead. */
const STATIC_TTL_SECONDS = 3600;

/** Feeds that are republished after every ttl. */
const LIVE_FEEDS: readonly FeedName[] = [
  'station_status',
  'free_bike_status',
  'vehicle_status',
  'system_alerts',
];

/**
 * One system and its newest publication. City and traffic are created on first use, and each body once per
 * publication, so a system that nobody reads costs nothing. Time only moves forward here: if the clock is set back, readers
 * get the newest publication again.
 */
export class PublishedSystem {
  readonly system: SimulatedSystem;
  readonly #settings: RunSettings;
  readonly #documents: GbfsDocuments;
  readonly #bodies = new Map<string, { published: string; body: Promise<Uint8Array> }>();
  readonly #runId: string;
  #city: Station[] | null = null;
  #traffic: Traffic | null = null;
  #fleet: Fleet | null = null;
  #newestMs: number;

  constructor(system: SimulatedSystem, settings: RunSettings) {
    this.system = system;
    this.#settings = settings;
    this.#documents = GBFS_DOCUMENTS[system.version];
    this.#newestMs = settings.timeline.startedAtMs;
    const identity = JSON.stringify([system, settings]);
    // Two runs must never share an ETag, or a reader would take one run's answer for the other's.
    this.#runId = createHash('sha256').update(identity).digest('hex').slice(0, 12);
  }

  get discoveryUrl(): string {
    return this.#urlOf('gbfs');
  }

  get #feeds(): readonly FeedName[] {
    const { feeds, moreFeeds, vehicleFeed } = this.#documents;
    const { vehicles, everyFeed } = this.system;
    return [...feeds, ...(everyFeed ? moreFeeds : []), ...(vehicles > 0 ? [vehicleFeed] : [])];
  }

  get facts(): SystemFacts {
    return {
      system_id: this.system.system_id,
      name: `Simulated city ${this.system.city} (simulated)`,
      operator: 'Velolog simulator',
      timezone: this.system.centre.timezone,
      url: this.#settings.baseUrl,
      license_url: 'https://creativecommons.org/publicdomain/zero/1.0/',
      email: 'simulator@example.org',
    };
  }

  /** Returns null when the system does not publish this feed. */
  answer(feed: FeedName, nowMs: number): FeedAnswer | null {
    if (feed !== 'gbfs' && !this.#feeds.includes(feed)) return null;
    this.#newestMs = Math.max(this.#newestMs, nowMs);
    const live = LIVE_FEEDS.includes(feed);
    const { timeline } = this.#settings;
    const { publishedAtMs, index } = publicationAt(
      live ? timeline : { ...timeline, publicationSeconds: STATIC_TTL_SECONDS },
      this.#newestMs,
    );
    const published = `${this.#runId}-${feed}-${index}`;
    const head = {
      lastUpdated: Math.floor(publishedAtMs / 1000),
      ttlSeconds: live ? this.#settings.ttlSeconds : STATIC_TTL_SECONDS,
    };
    const document = () => this.#documents.document(head, this.#data(feed));
    return {
      etag: `W/"${published}"`,
      lastModifiedMs: publishedAtMs,
      document,
      body: (encoding) =>
        this.#bodyOnce(`${feed} ${encoding}`, published, () => encode(document(), encoding)),
    };
  }

  /** The state published at `atMs`; by default the newest that was requested. */
  truth(atMs = this.#newestMs): Truth {
    const { timeline } = this.#settings;
    const publication = publicationAt(timeline, atMs);
    const live = this.#liveTraffic();
    const traffic = live.step === publication.step ? live : this.#freshTraffic();
    traffic.advanceTo(publication.step);
    return truthOf(this.system.system_id, traffic, timeline, publication, this.system.everyFeed);
  }

  changesBetween(fromMs: number, toMs: number): TrueChange[] {
    return changesBetween(this.#freshTraffic(), this.#settings.timeline, fromMs, toMs);
  }

  /** The fleet published at `atMs`; by default the newest that was requested. */
  vehicleTruth(atMs = this.#newestMs): VehicleTruth {
    const { timeline } = this.#settings;
    const publication = publicationAt(timeline, atMs);
    const live = this.#liveFleet();
    const fleet = live.step === publication.step ? live : this.#freshFleet();
    fleet.advanceTo(publication.step);
    return {
      system_id: this.system.system_id,
      published_at: new Date(publication.publishedAtMs),
      vehicles: [...publishedVehicles(fleet, this.#fleetIdentity, timeline, publication)],
      vehiclesAway: fleet.vehiclesAway,
    };
  }

  vehicleStaysBetween(fromMs: number, toMs: number): TrueVehicleStay[] {
    const { timeline } = this.#settings;
    return vehicleStaysBetween(this.#freshFleet(), this.#fleetIdentity, timeline, fromMs, toMs);
  }

  #data(feed: FeedName): unknown {
    const documents = this.#documents;
    if (feed === 'gbfs')
      return documents.discovery(this.#feeds.map((name) => ({ name, url: this.#urlOf(name) })));
    if (feed === 'gbfs_versions') return documents.versions(this.discoveryUrl);
    if (feed === 'system_information') return documents.systemInformation(this.facts);
    if (feed === 'station_information') return documents.stationInformation(this.#stations());
    if (feed === 'vehicle_types') return documents.vehicleTypes(VEHICLE_KINDS);
    if (feed === 'system_regions') return documents.systemRegions(REGIONS);
    if (feed === 'system_pricing_plans') return documents.systemPricingPlans(PLANS);
    if (feed === 'geofencing_zones') return documents.geofencingZones(zonesOf(this.system.centre));
    const { timeline } = this.#settings;
    const publication = publicationAt(timeline, this.#newestMs);
    if (feed === 'system_alerts')
      return documents.systemAlerts(this.#alerts(), publication.publishedAtMs / 1000);
    if (feed === 'station_status') {
      const { everyFeed } = this.system;
      return documents.stationStatus(stationStates(this.#liveTraffic(), timeline, publication, everyFeed));
    }
    return documents.vehicleStatus(
      publishedVehicles(this.#liveFleet(), this.#fleetIdentity, timeline, publication),
    );
  }

  #urlOf(feed: FeedName): string {
    return `${this.#settings.baseUrl}/${this.system.system_id}/${feed}.json`;
  }

  #bodyOnce(key: string, published: string, make: () => Promise<Uint8Array>): Promise<Uint8Array> {
    const known = this.#bodies.get(key);
    if (known?.published === published) return known.body;
    const body = make();
    this.#bodies.set(key, { published, body });
    return body;
  }

  #stations(): Station[] {
    this.#city ??= createCity(this.system.centre, this.system.stations, this.system.seed);
    return this.#city;
  }

  #alerts(): Alert[] {
    const traffic = this.#liveTraffic();
    const { timeline } = this.#settings;
    return alertsOf(
      traffic.stations,
      (station) => traffic.closed[station] === 1,
      (station) => secondOfStep(timeline, traffic.closedAtStep[station] ?? 0),
    );
  }

  get #fleetIdentity(): FleetIdentity {
    return { seed: this.system.seed, regime: this.system.vehicleIds };
  }

  #liveFleet(): Fleet {
    this.#fleet ??= this.#freshFleet();
    this.#fleet.advanceTo(publicationAt(this.#settings.timeline, this.#newestMs).step);
    return this.#fleet;
  }

  #freshFleet(): Fleet {
    const { vehicles, seed } = this.system;
    return new Fleet(this.#stations(), vehicles, seed, this.#localStartMs);
  }

  get #localStartMs(): number {
    const { timeline, startHour } = this.#settings;
    return localStartMs(timeline.startedAtMs, this.system.centre.timezone, startHour);
  }

  #liveTraffic(): Traffic {
    this.#traffic ??= this.#freshTraffic();
    this.#traffic.advanceTo(publicationAt(this.#settings.timeline, this.#newestMs).step);
    return this.#traffic;
  }

  #freshTraffic(): Traffic {
    return new Traffic(this.#stations(), this.system.seed, this.#localStartMs);
  }
}

async function encode(document: object, encoding: 'gzip' | 'identity'): Promise<Uint8Array> {
  const text = JSON.stringify(document);
  // Level 1 costs a third of the default level and produces a tenth more bytes.
  return encoding === 'gzip' ? gzipAsync(text, { level: 1 }) : Buffer.from(text);
}

const gzipAsync = promisify(gzip);
