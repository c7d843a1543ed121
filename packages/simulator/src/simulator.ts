import { getRequestListener } from '@hono/node-server';
import { z } from 'zod';
import type { TrueChange, Truth } from './city/truth.ts';
import { ID_REGIMES } from './fleet/vehicle-id.ts';
import type { TrueVehicleStay, VehicleTruth } from './fleet/vehicle-truth.ts';
import { PublishedSystem } from './published-system.ts';
import { createApp, type FeedRequest, systemsFile } from './server/app.ts';
import { type Fault, FaultBoard, type FaultInput } from './server/faults.ts';
import { listenOnAll } from './server/listening.ts';
import { GBFS_VERSIONS, planSystems, type SimulatedSystem } from './systems.ts';

/** What is simulated. The same options with the same `startedAtMs` repeat a run exactly. */
export const simulatorOptions = z.strictObject({
  host: z.string().min(1).default('127.0.0.1'),
  port: z.int().min(0).max(65_535).default(0),
  systems: z.int().min(1).max(10_000).default(1),
  /** A number for each system, or `{ total }` spread over all of them as in the public catalogue: many small ones, few with thousands. */
  stations: z
    .union([z.int().min(2).max(50_000), z.strictObject({ total: z.int().min(1).max(2_000_000) })])
    .default(250),
  /** Assigned to the systems in turn; a version listed twice is used twice as often. */
  versions: z.array(z.enum(GBFS_VERSIONS)).min(1).readonly().default(['2.3']),
  /** Free-floating vehicles of each system. */
  vehicles: z.int().min(0).max(100_000).default(0),
  /** How long a vehicle keeps its id; assigned to the systems in turn. */
  vehicleIds: z.array(z.enum(ID_REGIMES)).min(1).readonly().default(['static']),
  /** Also publish e-bikes at stations, vehicle types, regions, alerts, prices and zones. */
  everyFeed: z.boolean().default(false),
  seed: z.union([z.string(), z.number()]).default('velolog').transform(String),
  /** Simulated seconds per real second. */
  timeFactor: z.number().min(0.01).max(3600).default(1),
  /** How long a publication of station_status is valid; with 0 a new one appears every second and says ttl 0. */
  ttlSeconds: z.int().min(0).max(86_400).default(10),
  /** Local hour at which the cities begin, for instance 8 for the rush hour; without it, the current local hour. */
  startHour: z.number().min(0).lt(24).nullable().default(null),
  /** Real time of the start; a restart with the same value continues the same run. */
  startedAtMs: z.number().positive().optional(),
  /** Base URL in the discovery documents; by default the address it listens on. */
  publicUrl: z.url().optional(),
  /** Spreads the systems over this many loopback addresses from `host` up (Linux only), for tests of limits per host. */
  hosts: z.int().min(1).max(250).default(1),
});

export type SimulatorOptions = z.input<typeof simulatorOptions> & {
  /** The real clock, in epoch milliseconds. */
  now?: () => number;
  /** Called for each request for a feed, before it is answered. */
  onRequest?: (request: FeedRequest) => void;
};

export type Simulator = {
  url: string;
  port: number;
  systems: readonly SimulatedSystem[];
  discoveryUrl: (systemId: string) => string;
  /** The content of `/systems.json`. */
  systemsFile: () => { systems: { id: string; discovery_url: string }[] };
  /** Replaces the faults of a system, or of all systems with `*`; an empty list ends them. */
  setFaults: (systemId: string, faults: readonly FaultInput[]) => void;
  clearFaults: () => void;
  activeFaults: () => Record<string, Fault[]>;
  /** The state published at `atMs`, by default the newest that was requested. Faults do not affect it. */
  truth: (systemId: string, atMs?: number) => Truth;
  /** The changes that a reader of every publication after `fromMs` and up to `toMs` must find. */
  changesBetween: (systemId: string, fromMs: number, toMs: number) => TrueChange[];
  /** The fleet published at `atMs`, including what no feed publishes: which vehicle each one is. */
  vehicleTruth: (systemId: string, atMs?: number) => VehicleTruth;
  /** What really happened to each vehicle, as far as a reader of every publication can see it. */
  vehicleStaysBetween: (systemId: string, fromMs: number, toMs: number) => TrueVehicleStay[];
  close: () => Promise<void>;
  [Symbol.asyncDispose]: () => Promise<void>;
};

/**
 * Starts a server of simulated GBFS systems. Throws a ZodError for wrong options, and an error that names the address
 * when it cannot listen on it.
 */
export async function startSimulator({
  now = Date.now,
  onRequest,
  ...options
}: SimulatorOptions = {}): Promise<Simulator> {
  const settings = simulatorOptions.parse(options);
  const hosts = Array.from({ length: settings.hosts }, (_, index) => hostNumber(settings.host, index));
  const systems = new Map<string, PublishedSystem>();
  const faults = new FaultBoard();
  const closing = new AbortController();
  const app = createApp({
    systems,
    faults,
    now,
    closing: closing.signal,
    onRequest: onRequest ?? (() => {}),
  });
  const { port, close: stopListening } = await listenOnAll(
    hosts,
    settings.port,
    getRequestListener(app.fetch),
  );
  const urls = settings.publicUrl
    ? [settings.publicUrl.replace(/\/+$/, '')]
    : hosts.map((host) => urlOf(host, port));
  const timeline = {
    startedAtMs: Math.floor((settings.startedAtMs ?? now()) / 1000) * 1000,
    publicationSeconds: Math.max(1, settings.ttlSeconds),
    timeFactor: settings.timeFactor,
  };
  for (const [index, system] of planSystems(settings).entries()) {
    const baseUrl = urls[index % urls.length] as string;
    const { ttlSeconds, startHour } = settings;
    systems.set(system.system_id, new PublishedSystem(system, { timeline, ttlSeconds, startHour, baseUrl }));
  }
  const close = async (): Promise<void> => {
    closing.abort();
    await stopListening();
  };
  return { ...handles(systems, faults), url: urls[0] as string, port, close, [Symbol.asyncDispose]: close };
}

function handles(systems: ReadonlyMap<string, PublishedSystem>, faults: FaultBoard) {
  const find = (systemId: string): PublishedSystem => {
    const system = systems.get(systemId);
    if (!system) throw new RangeError(`There is no simulated system ${systemId}`);
    return system;
  };
  return {
    systems: Array.from(systems.values(), ({ system }) => system),
    discoveryUrl: (systemId) => find(systemId).discoveryUrl,
    systemsFile: () => systemsFile(systems.values()),
    setFaults: (systemId, wanted) =>
      faults.set(systemId === '*' ? '*' : find(systemId).system.system_id, wanted),
    clearFaults: () => faults.clear(),
    activeFaults: () => faults.active(),
    truth: (systemId, atMs) => find(systemId).truth(atMs),
    changesBetween: (systemId, fromMs, toMs) => find(systemId).changesBetween(fromMs, toMs),
    vehicleTruth: (systemId, atMs) => find(systemId).vehicleTruth(atMs),
    vehicleStaysBetween: (systemId, fromMs, toMs) => find(systemId).vehicleStaysBetween(fromMs, toMs),
  } satisfies Partial<Simulator>;
}

function hostNumber(first: string, index: number): string {
  if (index === 0) return first;
  const parts = first.split('.');
  return [...parts.slice(0, 3), Number(parts[3]) + index].join('.');
}

function urlOf(host: string, port: number): string {
  return `http://${host === '0.0.0.0' ? '127.0.0.1' : host}:${port}`;
}
