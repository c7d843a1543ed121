import { join } from 'node:path';
import { readSlices } from '@velolog/worker/lake-manifest';
import { fillCatalogueDay } from './given/fill-catalogue-day.ts';
import { writeWithLakeWorker } from './given/lake-worker.ts';
import { migrateWithReader } from './given/live-process.ts';
import { createBenchDatabase, type Servers } from './given/pipeline.ts';
import { requireDisk } from './instruments/free-disk.ts';
import { type Part, whole } from './instruments/measure.ts';

const RESIDENT_MB_MAX = 400;
/** Rows, their log, hours and the lake: 230,000 stations take 10 GB. */
const DISK_BYTES_OF_STATION = 44_000;

/** The lake worker, as it runs beside the store, while it writes a day of the whole catalogue. */
export async function benchLakeDay(servers: Servers & { home: string }, stations: number): Promise<Part> {
  requireDisk(servers.home, stations * DISK_BYTES_OF_STATION, `A day of ${whole(stations)} stations`);
  const database = await createBenchDatabase(servers, 'bench_lake_day');
  await migrateWithReader(database);
  const { systems, rows } = await fillCatalogueDay(database, stations);
  const dir = join(servers.home, 'lake-day');
  const { cpuSeconds, seconds, residentMegabytes } = await writeWithLakeWorker(database, dir);
  const slices = await readSlices(dir, 'station_status');
  const written = slices.reduce((sum, slice) => sum + slice.rows, 0);
  return {
    title: `A day of the whole catalogue into the lake: ${whole(systems)} systems, ${whole(stations)} stations, ${whole(rows)} rows`,
    measures: [
      {
        what: 'rows in the lake, of those in the database',
        measured: `${whole(written)} of ${whole(rows)}`,
        bar: 'all',
        met: written === rows,
      },
      {
        what: 'most memory of the lake worker',
        measured: `${residentMegabytes.toFixed(0)} MB`,
        bar: `${RESIDENT_MB_MAX} MB`,
        met: residentMegabytes < RESIDENT_MB_MAX,
      },
      {
        what: 'CPU of the lake worker, and time on the clock',
        measured: `${cpuSeconds.toFixed(0)} and ${seconds.toFixed(0)} s`,
      },
    ],
  };
}
