import type { Reader } from '../database/reader.ts';
import { shareAnswers } from '../database/share-answers.ts';
import { readGbfsStations, type StationsAt } from '../questions/gbfs/read-gbfs-stations.ts';
import { type GbfsSystem, readGbfsSystem } from '../questions/gbfs/read-gbfs-system.ts';
import { readGbfsVehicles, type VehiclesAt } from '../questions/gbfs/read-gbfs-vehicles.ts';

/** The source of documents. `at` is null for the present. */
export type GbfsReading = {
  reader: Reader;
  /** Null when the system is not recorded. */
  system(systemId: string): Promise<GbfsSystem | null>;
  stations(systemId: string, at: Date | null): Promise<StationsAt>;
  vehicles(systemId: string, at: Date | null): Promise<VehiclesAt>;
};

/**
 * A client that follows a discovery file requests all its feeds at once, so they come from one reading, in both versions.
 */
const SHARED_MS = 1_000;

export function shareReading(reader: Reader): GbfsReading {
  const byMoment = <Answer>(read: (reader: Reader, systemId: string, at: Date | null) => Promise<Answer>) => {
    const shared = shareAnswers((key) => {
      const [systemId, at] = JSON.parse(key) as [string, string | null];
      return read(reader, systemId, at === null ? null : new Date(at));
    }, SHARED_MS);
    return (systemId: string, at: Date | null) => shared(JSON.stringify([systemId, at]));
  };
  return {
    reader,
    system: shareAnswers((systemId) => readGbfsSystem(reader, systemId), SHARED_MS),
    stations: byMoment(readGbfsStations),
    vehicles: byMoment(readGbfsVehicles),
  };
}
