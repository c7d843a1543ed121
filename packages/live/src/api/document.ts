import { z } from '@hono/zod-openapi';
import { instant } from './instant.ts';

const holdsSince = instant.openapi({
  description: 'Time of the first poll with this version of the document',
});

/** A feed that no longer answers leaves its last version: readers have to see that. */
const heard = {
  observed_at: instant
    .nullable()
    .openapi({ description: 'When the feed was last heard; null: never, or the system has no such feed' }),
  overdue: z.boolean().nullable().openapi({
    description:
      'As in Feed, and true for imported history: the operator may have changed this since observed_at',
  }),
};

/** What operators publish besides counts: one entry per document, in its newest version. */
export const documents = z
  .object({
    system_id: z.string(),
    documents: z.array(
      z
        .object({
          feed: z.string().openapi({ example: 'system_pricing_plans' }),
          entries: z.number().int(),
          valid_from: holdsSince,
          versions: z.number().int().openapi({ description: 'How many versions were recorded' }),
          ...heard,
        })
        .openapi('Document'),
    ),
  })
  .openapi('Documents');
export type Documents = z.infer<typeof documents>;

/** One version of a document, entry by entry, as decoded from any version of GBFS. */
export const documentVersion = z
  .object({
    system_id: z.string(),
    feed: z.string(),
    valid_from: holdsSince.nullable(),
    valid_to: instant
      .nullable()
      .openapi({ description: 'null: no later version is known; `overdue` says whether there may be one' }),
    ...heard,
    entries: z.array(z.record(z.string(), z.unknown())),
  })
  .openapi('DocumentVersion');
export type DocumentVersion = z.infer<typeof documentVersion>;

/** An announcement of the operator: a row of api.system_alert that is currently listed. */
export const alert = z
  .object({
    alert_id: z.string(),
    type: z.string().nullable().openapi({ example: 'station_closure' }),
    summary: z.string().nullable(),
    description: z.string().nullable(),
    url: z.string().nullable(),
    times: z
      .array(z.object({ start: instant.nullable(), end: instant.nullable() }))
      .openapi({ description: 'When it applies; empty: as long as it is listed' }),
    station_ids: z
      .array(z.string())
      .nullable()
      .openapi({ description: 'null: it does not concern single stations' }),
    region_ids: z.array(z.string()).nullable(),
    valid_from: holdsSince,
  })
  .openapi('Alert');
export type Alert = z.infer<typeof alert>;

export const alerts = z
  .object({
    system_id: z.string(),
    ...heard,
    alerts: z.array(alert),
  })
  .openapi('Alerts');
export type Alerts = z.infer<typeof alerts>;

const zoneRule = z
  .object({
    vehicle_type_ids: z.array(z.string()).nullable().openapi({ description: 'null: all types' }),
    ride_start_allowed: z.boolean().nullable(),
    ride_end_allowed: z.boolean().nullable(),
    ride_through_allowed: z.boolean().nullable(),
    maximum_speed_kph: z.number().nullable(),
    station_parking: z.boolean().nullable(),
  })
  .openapi('ZoneRule');

/** Where vehicles may do what, as GeoJSON. The order matters: where two zones overlap, the first one applies. */
export const zones = z
  .object({
    type: z.literal('FeatureCollection'),
    ...heard,
    features: z.array(
      z.object({
        type: z.literal('Feature'),
        geometry: z
          .object({
            type: z.literal('MultiPolygon'),
            coordinates: z.array(z.array(z.array(z.array(z.number())))),
          })
          .nullable()
          .openapi({ description: 'null: these are the rules for everywhere else, or the zone has no area' }),
        properties: z.object({
          name: z.string().nullable(),
          is_global: z.boolean().nullable(),
          starts_at: instant.nullable(),
          ends_at: instant.nullable(),
          rules: z.array(zoneRule).openapi({
            description: 'In order: the first rule that applies to a vehicle type counts',
          }),
        }),
      }),
    ),
  })
  .openapi('Zones');
export type Zones = z.infer<typeof zones>;
