import type { Reader } from '../database/reader.ts';
import { readGbfsStations, type StationsAt } from '../questions/gbfs/read-gbfs-stations.ts';
import { type GbfsSystem, readGbfsSystem } from '../questions/gbfs/read-gbfs-system.ts';
import { readGbfsVehicles, type VehiclesAt } from '../questions/gbfs/read-gbfs-vehicles.ts';
import { shareAnswers } from '../routes/shared-answer.ts';

/** What documents are made from. `at` null: now. */
export type GbfsReading = {
  reader: Reader;
  /** Null: not recorded. */
  system(systemId: string): Promise<GbfsSystem | null>;
  stations(systemId: string, at: Date | null): Promise<StationsAt>;
  vehicles(systemId: string, at: Date | null): Promise<VehiclesAt>;
};

/** A client that follows a discovery file asks for all its feeds at once: so they are of one reading, in both versions. */
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
