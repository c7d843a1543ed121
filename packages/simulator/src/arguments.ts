import { parseArgs } from 'node:util';
import { InvalidSettings } from '@velolog/worker/settings';
import type { z } from 'zod';
import { type SimulatorOptions, simulatorOptions } from './simulator.ts';

export const HELP = `Usage: node packages/simulator/src/main.ts [options]

Serves simulated bike-share systems as GBFS. Prints its URL, and stops on Ctrl-C.

  --host ADDRESS        where to listen (127.0.0.1)
  --port NUMBER         0 takes a free one (0)
  --public-url URL      what discovery documents name as the server (where it listens)
  --hosts NUMBER        spread systems over this many loopback addresses, Linux only (1)
  --systems NUMBER      how many systems (1)
  --stations NUMBER     stations of each system (250)
  --total-stations N    instead: stations of all systems, spread as in the public catalogue
  --vehicles NUMBER     free-floating vehicles of each system (0)
  --vehicle-ids LIST    how long their ids last; systems take turns: static, resetting, rotating (static)
  --every-feed          also e-bikes at stations, vehicle types, regions, alerts, prices and zones
  --versions LIST       GBFS versions that take turns: 1.0, 2.3, 3.0 (2.3)
  --seed TEXT           the same seed repeats a run exactly (velolog)
  --started-at TIME     real start of the run, RFC 3339; with the seed, continues an earlier run (now)
  --time-factor NUMBER  simulated seconds in a real second (1)
  --start-hour HOUR     local hour at which the cities begin, 8 is rush hour (the current local hour)
  --ttl SECONDS         how long one publication of station_status is valid (10)
  --help                this text

Faults at run time, for one system or for all with "*"; an empty list ends them:
  curl -d '{"system_id":"sim-oslo","faults":[{"kind":"slow","headers_ms":3000,"times":2}]}' URL/control/faults
  kinds: too_many_requests error slow hang cut_body empty_body html too_large_body
         invalid_rows vanished_stations empty_list clock_skew
`;

/** Reads options from the command line. Returns null when help is wanted. @throws InvalidSettings with all problems */
export function readArguments(argv: string[]): SimulatorOptions | null {
  const given = parse(argv);
  if (given.help) return null;
  const options =
    given['total-stations'] === undefined
      ? numberOf(given.stations)
      : { total: numberOf(given['total-stations']) };
  const result = simulatorOptions.safeParse({
    host: given.host,
    port: numberOf(given.port),
    publicUrl: given['public-url'],
    hosts: numberOf(given.hosts),
    systems: numberOf(given.systems),
    stations: options,
    versions: given.versions?.split(',').map((version) => version.trim()),
    vehicles: numberOf(given.vehicles),
    vehicleIds: given['vehicle-ids']?.split(',').map((regime) => regime.trim()),
    everyFeed: given['every-feed'],
    seed: given.seed,
    startedAtMs: given['started-at'] === undefined ? undefined : Date.parse(given['started-at']),
    timeFactor: numberOf(given['time-factor']),
    startHour: numberOf(given['start-hour']),
    ttlSeconds: numberOf(given.ttl),
  });
  if (!result.success) throw new InvalidSettings(problemsOf(result.error));
  return result.data;
}

const FLAGS: Record<string, string> = {
  publicUrl: '--public-url',
  stations: '--stations or --total-stations',
  startedAtMs: '--started-at',
  timeFactor: '--time-factor',
  startHour: '--start-hour',
  vehicleIds: '--vehicle-ids',
  everyFeed: '--every-feed',
  ttlSeconds: '--ttl',
};

function problemsOf(error: z.ZodError): string {
  const problems = error.issues.map(({ path, message }) => {
    const option = String(path[0]);
    return `  ${FLAGS[option] ?? `--${option}`}: ${message}`;
  });
  return `Wrong options (--help explains them):\n${problems.join('\n')}`;
}

const text = { type: 'string' } as const;

function parse(argv: string[]) {
  const names = {
    host: text,
    port: text,
    'public-url': text,
    hosts: text,
    systems: text,
    stations: text,
    'total-stations': text,
    versions: text,
    vehicles: text,
    'vehicle-ids': text,
    'every-feed': { type: 'boolean' },
    seed: text,
    'started-at': text,
    'time-factor': text,
    'start-hour': text,
    ttl: text,
    help: { type: 'boolean', short: 'h' },
  } as const;
  try {
    return parseArgs({ args: argv, options: names }).values;
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new InvalidSettings(`Wrong options (--help explains them): ${reason}`, { cause });
  }
}

/** Returns NaN for text that is not a number, so that the schema rejects it. */
function numberOf(written: string | undefined): number | undefined {
  return written === undefined ? undefined : Number(written.trim() || 'nothing');
}
