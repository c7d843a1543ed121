import type { Dataquery } from '@grafana/grafana-foundation-sdk/cog';
import { FrameGeometrySourceMode, type MapLayerOptions } from '@grafana/grafana-foundation-sdk/common';
import type { Panel, ThresholdsConfig } from '@grafana/grafana-foundation-sdk/dashboard';
import { type MapViewConfig, type Options, TooltipMode } from '@grafana/grafana-foundation-sdk/geomap';
import { BY_THRESHOLDS } from './colours.ts';
import { type Override, ofField, type PanelText, panelOf } from './panel.ts';

/** Where a map looks. With none, it fits itself to its points, and does so again at every refresh. */
export type FixedView = { lat: number; lon: number; zoom: number };

export type MapLayer = {
  /** The heading of the legend. */
  name: string;
  colour: { field: string; limits: ThresholdsConfig; unit: string; more?: [id: string, value: unknown][] };
  size: { field: string; min: number; max: number };
  /** Columns that links and places need and the tooltip does not. */
  hidden: string[];
  view: FixedView | null;
  overrides?: Override[];
};

/**
 * Points on a map. Every column of the query is a line of the tooltip, the first is its title; `lat` and `lon` must be
 * among them. Grafana draws the first query only.
 */
export function map(text: PanelText, query: Dataquery, layer: MapLayer): Panel {
  const { colour } = layer;
  return panelOf('geomap', text, [query], {
    overrides: [
      ofField(
        colour.field,
        ['unit', colour.unit],
        ['color', BY_THRESHOLDS],
        ['thresholds', colour.limits],
        ...(colour.more ?? []),
      ),
      ...layer.hidden.map((name) =>
        ofField(name, ['custom.hideFrom', { tooltip: true, viz: false, legend: false }]),
      ),
      ...(layer.overrides ?? []),
    ],
    options: {
      view: viewOf(layer.view),
      controls: {
        showZoom: true,
        mouseWheelZoom: true,
        showAttribution: true,
        showScale: true,
        showMeasure: false,
        showDebug: false,
      },
      basemap: { type: 'default', name: 'Base map', config: {} },
      tooltip: { mode: TooltipMode.Details },
      layers: [markers(layer)],
    } satisfies Options,
  });
}

function viewOf(fixed: FixedView | null): MapViewConfig {
  if (fixed) return { id: 'coords', ...fixed };
  // `zoom` is how close it may go. With `maxZoom` instead, Grafana shows the whole world.
  return { id: 'fit', allLayers: true, padding: 8, lat: 0, lon: 0, zoom: 15 };
}

function markers({ name, colour, size }: MapLayer): MapLayerOptions {
  return {
    type: 'markers',
    name,
    tooltip: true,
    filterData: { id: 'byRefId', options: 'A' },
    location: { mode: FrameGeometrySourceMode.Coords, latitude: 'lat', longitude: 'lon' },
    config: {
      showLegend: true,
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
