import type { ThresholdsConfig } from '@grafana/grafana-foundation-sdk/dashboard';
import { BLUE, GREY, MIDDLE, ORANGE, PALE_BLUE, PALE_ORANGE, thresholds, valueMap } from './colours.ts';
import { type DataLink, toStation } from './links.ts';
import type { FixedView, MapLayer } from './map.ts';
import { ofField } from './panel.ts';

/**
 * One colour for state and share of bikes, as a column of api.station_current: -1 not in service, 0 nothing to rent,
 * 1 no return, and in between the share of bikes, kept off both ends. Null where no count is known.
 */
export const SHARE_OF_BIKES = `case
    when state in ('closed', 'absent') then -1
    when state = 'empty' then 0
    when state = 'full' then 1
    else greatest(0.01, least(0.99, num_bikes_available / nullif(num_bikes_available + num_docks_available, 0)::double precision))
  end`;

/** The radius of a station: its area goes with its capacity, as far as it is known and not absurd. */
export const SIZE = `sqrt(least(coalesce(capacity, num_bikes_available + num_docks_available, 10), 120))`;

const SHARE_LIMITS: ThresholdsConfig = thresholds(
  GREY,
  [ORANGE, 0],
  [PALE_ORANGE, 0.01],
  [MIDDLE, 0.34],
  [PALE_BLUE, 0.67],
  [BLUE, 1],
);

const NET_LIMITS: ThresholdsConfig = thresholds(
  ORANGE,
  [PALE_ORANGE, -4],
  [MIDDLE, 0],
  [PALE_BLUE, 1],
  [BLUE, 5],
);

/** Stations as they are: the query has the columns "Share of bikes" and size. */
export function currentLayer(view: FixedView | null, links: DataLink[] = [toStation]): MapLayer {
  return {
    name: 'Share of bikes (grey: out of service)',
    colour: {
      field: 'Share of bikes',
      limits: SHARE_LIMITS,
      unit: 'percentunit',
      more: [
        ['mappings', [valueMap([[-1, 'out of service', GREY]])]],
        ['decimals', 0],
      ],
    },
    size: { field: 'size', min: 3, max: 12 },
    hidden: ['lat', 'lon', 'size', 'system_id', 'station_id'],
    view,
    overrides: [ofField('Station', ['links', links]), ofField('Age of data', ['unit', 's'], ['decimals', 0])],
  };
}

/** What came and went: the query has the columns "Net change" and size. */
export function netLayer(view: FixedView | null): MapLayer {
  return {
    name: 'Bikes gained or lost',
    colour: { field: 'Net change', limits: NET_LIMITS, unit: 'none' },
    size: { field: 'size', min: 3, max: 14 },
    hidden: ['lat', 'lon', 'size', 'system_id', 'station_id'],
    view,
    overrides: [ofField('Station', ['links', [toStation]])],
  };
}
