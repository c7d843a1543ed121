import type { Dataquery } from '@grafana/grafana-foundation-sdk/cog';
import { FrameGeometrySourceMode, type MapLayerOptions } from '@grafana/grafana-foundation-sdk/common';
import type { Panel, ThresholdsConfig, ValueMap } from '@grafana/grafana-foundation-sdk/dashboard';
import { type MapViewConfig, type Options, TooltipMode } from '@grafana/grafana-foundation-sdk/geomap';
import { BY_THRESHOLDS } from '../colours.ts';
import { type Override, ofField, type PanelText, panelOf } from '../panels/panel.ts';
import { groundLayer } from './ground-layer.ts';

/** A fixed view of a map. Without one, the map fits itself to its points at every refresh. */
export type FixedView = { lat: number; lon: number; zoom: number };

export type MapLayer = {
  name: string;
  /** The colour of a point: by limits of its number, or by a mapping with a colour for each value. */
  colour: { field: string; limits: ThresholdsConfig } | { field: string; mapping: ValueMap };
  size: { field: string; min: number; max: number };
  /** The column with the position, instead of `lat` and `lon`. */
  geohash?: string;
  /** Columns that are needed for links and positions but not shown in the tooltip. */
  hidden: string[];
  view: FixedView | null;
  overrides?: Override[];
};

/**
 * Points on a map. The tooltip shows every column of the query on a line; the first is its title. The columns must include `lat` and `lon`, or
 * a geohash. Grafana draws only the first query.
 */
export function map(text: PanelText, query: Dataquery, layer: MapLayer): Panel {
  const { colour } = layer;
  return panelOf('geomap', text, [query], {
    overrides: [
      ofField(
        colour.field,
        ['color', BY_THRESHOLDS],
        'limits' in colour ? ['thresholds', colour.limits] : ['mappings', [colour.mapping]],
      ),
      ...layer.hidden.map((name) =>
        ofField(name, ['custom.hideFrom', { tooltip: true, viz: false, legend: false }]),
      ),
      ...(layer.overrides ?? []),
    ],
    options: {
      view: viewOf(layer),
      controls: {
        showZoom: true,
        mouseWheelZoom: true,
        showAttribution: true,
        showScale: true,
        showMeasure: false,
        showDebug: false,
      },
      basemap: groundLayer(),
      tooltip: { mode: TooltipMode.Details },
      // Streets come from a tile server and cover the ground. Without internet there are none, and the ground is visible.
      layers: [{ type: 'default', name: 'Streets', config: {} }, markers(layer)],
    } satisfies Options,
  });
}

function viewOf({ view: fixed, name }: MapLayer): MapViewConfig {
  if (fixed) return { id: 'coords', ...fixed };
  // Fit only the points, because the ground covers the whole world. `zoom` is the closest allowed zoom; with `maxZoom` Grafana shows the whole world.
  return { id: 'fit', allLayers: false, layer: name, padding: 8, lat: 0, lon: 0, zoom: 15 };
}

function markers({ name, colour, size, geohash }: MapLayer): MapLayerOptions {
  return {
    type: 'markers',
    name,
    tooltip: true,
    filterData: { id: 'byRefId', options: 'A' },
    location: geohash
      ? { mode: FrameGeometrySourceMode.Geohash, geohash }
      : { mode: FrameGeometrySourceMode.Coords, latitude: 'lat', longitude: 'lon' },
    config: {
      // Grafana can only label limits ("< 0", "0+"), so legend-strip.ts explains the colours.
      showLegend: false,
      style: {
        color: { field: colour.field, fixed: 'grey' },
        size: { field: size.field, fixed: size.min, min: size.min, max: size.max },
        opacity: 0.85,
        symbol: { mode: 'fixed', fixed: 'img/icons/marker/circle.svg' },
        symbolAlign: { horizontal: 'center', vertical: 'center' },
        rotation: { fixed: 0, mode: 'mod', min: -360, max: 360 },
      },
    },
  };
}
