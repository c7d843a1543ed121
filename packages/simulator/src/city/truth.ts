import type { StationState } from '../documents/gbfs-documents.ts';
import {
  type Publication,
  publicationAt,
  publicationNumber,
  secondOfStep,
  type Timeline,
} from './timeline.ts';
import type { Traffic } from './traffic.ts';

/** What a system publishes from `published_at` on, before any fault. Tests compare the recorded data with it. */
export type Truth = {
  system_id: string;
  published_at: Date;
  stations: StationState[];
  /** Bikes that are being ridden or are in a van. Together with the available and disabled ones of all stations, their number never changes. */
  bikesUnderway: number;
};

/** A station whose bikes or docks differ from the previous publication. */
export type TrueChange = {
  station_id: string;
  published_at: Date;
  bikes: number;
  prevBikes: number;
  docks: number;
  prevDocks: number;
};

export function truthOf(
  systemId: string,
  traffic: Traffic,
  timeline: Timeline,
  publication: Publication,
  tellsEbikes: boolean,
): Truth {
  return {
    system_id: systemId,
    published_at: new Date(publication.publishedAtMs),
    stations: Array.from(stationStates(traffic, timeline, publication, tellsEbikes)),
    bikesUnderway: traffic.bikesUnderway,
  };
}

/**
 * Every change published after `fromMs` and up to `toMs`: a reader who fetches each publication must find exactly these.
 * `traffic` must be new, because it runs from the start; so the cost grows with the age of the run.
 */
export function changesBetween(
  traffic: Traffic,
  timeline: Timeline,
  fromMs: number,
  toMs: number,
): TrueChange[] {
  const changes: TrueChange[] = [];
  const first = publicationAt(timeline, fromMs);
  const last = publicationAt(timeline, toMs);
  traffic.advanceTo(first.step);
  let before = countsOf(traffic);
  for (let index = first.index + 1; index <= last.index; index++) {
    const publication = publicationNumber(timeline, index);
    traffic.advanceTo(publication.step);
    const now = countsOf(traffic);
    changes.push(...differences(before, now, traffic, new Date(publication.publishedAtMs)));
    before = now;
  }
  return changes;
}

export function* stationStates(
  traffic: Traffic,
  timeline: Timeline,
  publication: Publication,
  tellsEbikes: boolean,
): Generator<StationState> {
  const publishedSecond = Math.floor(publication.publishedAtMs / 1000);
  for (const [index, { station_id }] of traffic.stations.entries()) {
    // A station also reports when nothing happens, each at its own offset.
    const heartbeat = publishedSecond - ((publishedSecond + index * 37) % HEARTBEAT_SECONDS);
    yield {
      station_id,
      bikes: traffic.bikes[index] ?? 0,
      ebikes: tellsEbikes ? (traffic.ebikes[index] ?? 0) : null,
      bikesDisabled: traffic.disabled[index] ?? 0,
      docks: traffic.docksAvailable(index),
      docksDisabled: traffic.docksDisabled[index] ?? 0,
      open: traffic.closed[index] === 0,
      lastReported: Math.max(heartbeat, secondOfStep(timeline, traffic.changedAtStep[index] ?? 0)),
    };
  }
}

const HEARTBEAT_SECONDS = 300;

type Counts = { bikes: Int16Array; docks: number[] };

function countsOf(traffic: Traffic): Counts {
  return {
    bikes: traffic.bikes.slice(),
    docks: traffic.stations.map((_, index) => traffic.docksAvailable(index)),
  };
}

function differences(before: Counts, now: Counts, traffic: Traffic, publishedAt: Date): TrueChange[] {
  return traffic.stations.flatMap(({ station_id }, index) => {
    const [bikes = 0, prevBikes = 0] = [now.bikes[index], before.bikes[index]];
    const [docks = 0, prevDocks = 0] = [now.docks[index], before.docks[index]];
    if (bikes === prevBikes && docks === prevDocks) return [];
    return [{ station_id, published_at: publishedAt, bikes, prevBikes, docks, prevDocks }];
  });
}
