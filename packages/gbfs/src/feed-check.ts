import { requireFeedLists } from './discovery.ts';
import { type Envelope, readEnvelope } from './envelope.ts';
import { findList } from './feeds/row-list.ts';
import { STATIONS } from './feeds/station-list.ts';
import { VEHICLES } from './feeds/vehicle-status.ts';
import { FEEDS, feedNamed } from './feeds.ts';

/** `saysNothing` means that the body has the right form, but an empty list where there must be rows. */
export type CheckedFeed = { envelope: Omit<Envelope, 'skipped'>; saysNothing: boolean };

/**
 * The single definition of a successful poll: its body is the feed that it should be. The store decodes what passes here. What does not pass
 * goes to the store's dead letters and makes ingest back off. In feeds that may have many rows, the rows are not checked.
 * @throws UndecodableBody
 */
export function checkFeed(name: string, document: unknown): CheckedFeed {
  const feed = feedNamed(name);
  const { content, envelope } = readEnvelope(document);
  const listed = (count: number): CheckedFeed => ({
    envelope,
    saysNothing: count === 0 && feed?.emptyList === 'nothing_known',
  });
  switch (feed) {
    case FEEDS.gbfs:
      return listed(requireFeedLists(content).flat().length);
    case FEEDS.station_status:
    case FEEDS.station_information:
      return listed(findList(content, STATIONS.names, STATIONS.missing).length);
    case FEEDS.vehicle_status:
      return listed(findList(content, VEHICLES.names, VEHICLES.missing).length);
  }
  const rows = feed?.decode?.(document).rows;
  return rows === undefined
    ? { envelope, saysNothing: Object.keys(content).length === 0 }
    : listed(rows.length);
}
