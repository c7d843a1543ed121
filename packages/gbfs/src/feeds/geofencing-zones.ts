import { type Decoded, UndecodableBody } from '../decoded.ts';
import { readEnvelope } from '../envelope.ts';
import { isJsonObject, type JsonObject } from '../json-object.ts';
import { type Tally, tally } from '../tally.ts';
import { readFlag } from '../values/flag.ts';
import { readIdList } from '../values/id.ts';
import { readLocalizedText } from '../values/localized-text.ts';
import { readNumber } from '../values/number.ts';
import { type MultiPolygon, readMultiPolygon } from '../values/polygon.ts';
import { readTimestamp } from '../values/timestamp.ts';
import { findList } from './row-list.ts';

/** What is allowed for some vehicle types. Null when the feed does not say. */
export type ZoneRule = {
  /** Null for all types. */
  vehicle_type_ids: string[] | null;
  ride_start_allowed: boolean | null;
  ride_end_allowed: boolean | null;
  ride_through_allowed: boolean | null;
  maximum_speed_kph: number | null;
  /** Whether vehicles must be parked at a station. */
  station_parking: boolean | null;
};

/** Zones have no id. Where two overlap, the earlier one in the list applies. */
export type GeofencingZone = {
  name: string | null;
  /** Epoch seconds. */
  start: number | null;
  end: number | null;
  /** Whether the rules apply everywhere outside of zones (from 3.0 on); then there are no polygons. */
  is_global: boolean;
  /** In order: the first rule that covers a vehicle type applies. */
  rules: ZoneRule[];
  /** Null when the feed gives no geometry (Check Almere), or one that cannot be drawn. */
  polygons: MultiPolygon | null;
};

/**
 * Decodes geofencing_zones of GBFS 2.1 to 3.1 by shape; global rules become the last zone.
 * @param languages preferred translations of a name; without them the publisher's first.
 * @throws UndecodableBody when there is no collection of zones. An empty collection is valid.
 */
export function decodeGeofencingZones(
  document: unknown,
  languages: readonly string[] = [],
): Decoded<GeofencingZone> {
  const { content, envelope } = readEnvelope(document);
  const { skipped, coerced } = envelope;
  const collection = isJsonObject(content.geofencing_zones) ? content.geofencing_zones : undefined;
  if (collection === undefined && !Array.isArray(content.global_rules)) {
    throw new UndecodableBody('no_zone_list', 'Cannot decode body: it has no collection "geofencing_zones"');
  }
  const rows: GeofencingZone[] = [];
  for (const feature of collection === undefined ? [] : findList(collection, ['features'], 'no_zone_list')) {
    if (isJsonObject(feature)) rows.push(readZone(feature, languages, coerced));
    else tally(skipped, 'not_an_object');
  }
  const global = readRules(content.global_rules, coerced);
  if (global.length > 0) {
    rows.push({ name: null, start: null, end: null, is_global: true, rules: global, polygons: null });
  }
  return { rows, ...envelope };
}

function readZone(feature: JsonObject, languages: readonly string[], coerced: Tally): GeofencingZone {
  const properties = isJsonObject(feature.properties) ? feature.properties : {};
  return {
    name: readLocalizedText(properties.name, coerced, languages),
    start: readTimestamp(properties.start, 'start', coerced),
    end: readTimestamp(properties.end, 'end', coerced),
    is_global: false,
    rules: readRules(properties.rules, coerced),
    polygons: readMultiPolygon(feature.geometry, coerced),
  };
}

function readRules(value: unknown, coerced: Tally): ZoneRule[] {
  if (value === undefined || value === null) return [];
  return (Array.isArray(value) ? value : [value]).flatMap((rule) => {
    if (isJsonObject(rule)) return [readRule(rule, coerced)];
    tally(coerced, 'rule_unreadable');
    return [];
  });
}

/** Until 2.3 a single flag, `ride_allowed`, covers both the start and the end of a ride. */
function readRule(rule: JsonObject, coerced: Tally): ZoneRule {
  const ids = readIdList(rule.vehicle_type_ids ?? rule.vehicle_type_id, 'vehicle_type_id', coerced);
  return {
    vehicle_type_ids: ids?.length === 0 ? null : ids,
    ride_start_allowed: readFlag(rule.ride_start_allowed ?? rule.ride_allowed, coerced),
    ride_end_allowed: readFlag(rule.ride_end_allowed ?? rule.ride_allowed, coerced),
    ride_through_allowed: readFlag(rule.ride_through_allowed, coerced),
    maximum_speed_kph: readNumber(rule.maximum_speed_kph, 'speed', { min: 0, max: 300 }, coerced),
    station_parking: readFlag(rule.station_parking, coerced),
  };
}
