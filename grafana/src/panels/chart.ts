import type { Dataquery } from '@grafana/grafana-foundation-sdk/cog';
import {
  GraphDrawStyle,
  type GraphFieldConfig,
  LegendDisplayMode,
  LegendPlacement,
  LineInterpolation,
  SortOrder,
  StackingMode,
  TooltipDisplayMode,
  VisibilityMode,
} from '@grafana/grafana-foundation-sdk/common';
import { FieldColorModeId, type FieldConfig, type Panel } from '@grafana/grafana-foundation-sdk/dashboard';
import type { Options } from '@grafana/grafana-foundation-sdk/timeseries';
import { fixedColour, LINE_COLOURS, PALE_BLUE } from '../colours.ts';
import { type Override, ofField, ofPattern, ofQuery, type PanelText, panelOf } from './panel.ts';

export type ChartShape = {
  /** steps: a value holds until the next one, like counts. lines: lines between samples. bars: amounts per interval. */
  shape?: 'steps' | 'lines' | 'bars';
  stacked?: boolean;
  filled?: boolean;
  /** Also draw points where there are few, because a single value makes no line. */
  points?: boolean | 'always';
  /** Values that are further apart than this are not connected. */
  apartMs?: number;
  /** Start of the axis. Default 0; null leaves it to the data. */
  min?: number | null;
  max?: number;
  /** The axis reaches at least this far. Without it, lines at 0 get an axis up to 100. */
  softMax?: number;
  /** Label of the axis. */
  axis?: string;
  /** Colours of the lines, by name. */
  colours?: Record<string, string>;
  overrides?: Override[];
  defaults?: FieldConfig;
  legend?: 'list' | 'table' | 'none';
  interval?: string;
  maxDataPoints?: number;
};

/** The most lines that have a colour each. */
export const LINES_MAX = LINE_COLOURS.length;

/** Lines of one query, whose names begin with their place: `1. `, `2. `, …. Each place has its colour. */
export const colourOfPlaces = (): Override[] =>
  LINE_COLOURS.map((colour, index) => ofPattern(`/^${index + 1}\\. /`, ['color', fixedColour(colour)]));

/** Dashes, for a line that belongs to another one of the same colour. */
export const DASHED: [id: string, value: unknown] = ['custom.lineStyle', { fill: 'dash', dash: [10, 6] }];

/** Lines whose names nobody knows beforehand, a query each (promFirst). */
export const chartOfFirst = (text: PanelText, queries: Dataquery[], shape: ChartShape = {}): Panel =>
  chart(text, queries, {
    ...shape,
    overrides: [
      ...queries.map((_, number) => ofQuery(number, ['color', fixedColour(LINE_COLOURS[number] ?? '')])),
      ...(shape.overrides ?? []),
    ],
  });

/** Values over time. A gap in the data stays a gap in the line: nothing is drawn for time that was not observed. */
export function chart(text: PanelText, queries: Dataquery[], shape: ChartShape = {}): Panel {
  const { colours = {}, overrides = [], defaults, min, max, interval, maxDataPoints } = shape;
  const custom = {
    ...drawing(shape),
    ...(shape.points === 'always' && { pointSize: 9 }),
    spanNulls: false,
    ...(shape.apartMs && { insertNulls: shape.apartMs }),
    showPoints:
      shape.points === 'always'
        ? VisibilityMode.Always
        : shape.points
          ? VisibilityMode.Auto
          : VisibilityMode.Never,
    ...(shape.axis && { axisLabel: shape.axis }),
    ...(shape.softMax && { axisSoftMax: shape.softMax }),
    ...(shape.stacked && { stacking: { mode: StackingMode.Normal, group: 'A' } }),
  } satisfies GraphFieldConfig;
  return panelOf('timeseries', text, queries, {
    defaults: {
      custom,
      // For lines without an own colour, because the classic palette begins with green, yellow and red.
      color: { mode: FieldColorModeId.Shades, fixedColor: PALE_BLUE },
      ...(min !== null && { min: min ?? 0 }),
      ...(max !== undefined && { max }),
      ...defaults,
    },
    overrides: [
      ...Object.entries(colours).map(([name, colour]) => ofField(name, ['color', fixedColour(colour)])),
      ...overrides,
    ],
    options: {
      legend: legendOf(shape.legend ?? 'list'),
      tooltip: { mode: TooltipDisplayMode.Multi, sort: SortOrder.Descending },
    } satisfies Options,
    ...(interval && { interval }),
    ...(maxDataPoints && { maxDataPoints }),
  });
}

function drawing({ shape = 'lines', filled, stacked }: ChartShape): GraphFieldConfig {
  if (shape === 'bars')
    return { drawStyle: GraphDrawStyle.Bars, lineWidth: 0, fillOpacity: 80, barWidthFactor: 0.9 };
  return {
    drawStyle: GraphDrawStyle.Line,
    lineWidth: stacked ? 1 : 2,
    fillOpacity: stacked ? 55 : filled ? 15 : 0,
    lineInterpolation: shape === 'steps' ? LineInterpolation.StepAfter : LineInterpolation.Linear,
  };
}

function legendOf(mode: 'list' | 'table' | 'none') {
  return {
    showLegend: mode !== 'none',
    displayMode: mode === 'table' ? LegendDisplayMode.Table : LegendDisplayMode.List,
    placement: LegendPlacement.Bottom,
    calcs: mode === 'table' ? ['lastNotNull', 'max'] : [],
  };
}
