import { z } from '@hono/zod-openapi';
import { instant } from './instant.ts';
import { count, stationState } from './station-state.ts';

/**
 * What a station is known to offer: a row of api.station_current. The age of the values is the current time minus
 * observed_at; it is not a column, so that an answer stays true while it is cached.
 */
export const station = z
  .object({
    station_id: z.string(),
    name: z.string().nullable(),
    lat: z.number().nullable(),
    lon: z.number().nullable(),
    capacity: count,
    num_bikes_available: count,
    num_docks_available: count,
    num_bikes_disabled: count,
    num_docks_disabled: count,
    is_installed: z.boolean().nullable(),
    is_renting: z.boolean().nullable(),
    is_returning: z.boolean().nullable(),
    state: stationState,
    state_since: instant,
    first_observed_at: instant.nullable(),
    observed_at: instant.openapi({ description: 'Time of the last poll that confirmed the values' }),
    num_ebikes_available: count.openapi({
      description: 'How many of num_bikes_available are electric; null: the feed does not say',
    }),
  })
  .openapi('Station');
export type Station = z.infer<typeof station>;

const uri = z.string().nullable();

/** One station, with details that are only read for a single station. */
export const stationDetail = station
  .extend({
    rental_uris: z.object({ web: uri, android: uri, ios: uri }).nullable().openapi({
      description:
        "Rental links: a web page (http or https), and links that open the operator's app; null: the feed does not say",
    }),
  })
  .openapi('StationDetail');
export type StationDetail = z.infer<typeof stationDetail>;

/** All stations of a system at one moment. */
export const stations = z
  .object({
    system_id: z.string(),
    observed_at: instant
      .nullable()
      .openapi({ description: 'null: no list of stations has been received yet' }),
    cursor: z.string().openapi({
      description: 'Position of this answer. Pass it to /events or /changes as `after`, and you miss nothing',
    }),
    information_version: z.string().openapi({
      description:
        'Changes when the name, place or capacity of any station changes. The event `health` has it too: when it differs, load the stations again',
    }),
    stations: z.array(station),
  })
  .openapi('Stations');
export type Stations = z.infer<typeof stations>;

/** The same as GeoJSON (RFC 7946); a station without a position has a null geometry. */
export const stationFeatures = z
  .object({
    type: z.literal('FeatureCollection'),
    features: z.array(
      z.object({
        type: z.literal('Feature'),
        id: z.string(),
        geometry: z
          .object({ type: z.literal('Point'), coordinates: z.tuple([z.number(), z.number()]) })
          .nullable(),
        properties: station.omit({ lat: true, lon: true }),
      }),
    ),
  })
  .openapi('StationFeatures');
export type StationFeatures = z.infer<typeof stationFeatures>;
