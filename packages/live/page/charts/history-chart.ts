import uPlot from 'uplot';
import type { History } from '../../src/api/history.ts';
import type { Clock } from '../model/format.ts';
import { seriesOf, usualBikes } from '../model/history/series.ts';
import { shownOutage } from '../model/history/shown-outage.ts';
import type { Palette } from '../model/palette.ts';

export type HistoryChartOptions = {
  history: History;
  capacity: number | null;
  timezone: string | null;
  clock: Clock;
  palette: Palette;
  /** Called with the values under the pointer; with null when it has left. */
  onPoint: (point: { atMs: number; bikes: number | null; usual: number | null } | null) => void;
};

const HEIGHT_PX = 190;

/**
 * The bikes of a station as steps, and the usual number at that time of the week as a dashed line. Outages are shaded;
 * unobserved time is hatched and has no line.
 */
export function drawHistory(container: HTMLElement, options: HistoryChartOptions): uPlot {
  const { history, palette, clock, capacity, timezone, onPoint } = options;
  const steps = seriesOf(history);
  const usual = usualBikes(history.profile, Date.parse(history.from), Date.parse(history.to), timezone);
  const data = uPlot.join([
    [steps.seconds, steps.bikes],
    [usual.seconds, usual.bikes],
  ]);
  const most = Math.max(1, capacity ?? 0, ...steps.bikes.map((bikes) => bikes ?? 0));
  const axis = {
    stroke: palette.muted,
    font: '11px "Inter Variable", system-ui, sans-serif',
    grid: { stroke: palette.grid, width: 1 },
    ticks: { show: false },
  };
  const window = [Date.parse(history.from) / 1000, Date.parse(history.to) / 1000] as const;
  return new uPlot(
    {
      width: container.clientWidth,
      height: HEIGHT_PX,
      // A time that ends the window has half of its label to the right of it.
      padding: [8, 18, 0, 0],
      legend: { show: false },
      cursor: { y: false, drag: { x: false, y: false }, points: { show: false } },
      scales: { x: { time: true, range: () => [...window] }, y: { range: () => [0, most] } },
      axes: [
        {
          ...axis,
          size: 26,
          space: 56,
          values: (_, seconds) => seconds.map((second) => clock.time(new Date(second * 1000))),
        },
        { ...axis, size: 34, space: 32, incrs: [1, 2, 5, 10, 20, 50, 100, 200] },
      ],
      series: [
        {},
        {
          label: 'Bikes',
          stroke: palette.accent,
          fill: `${palette.accent}2e`,
          width: 2,
          paths: uPlot.paths.stepped?.({ align: 1 }),
          points: { show: false },
        },
        {
          label: 'Usual',
          stroke: palette.muted,
          width: 1.5,
          dash: [5, 4],
          spanGaps: true,
          points: { show: false },
        },
      ],
      hooks: {
        drawClear: [(plot) => shade(plot, history, palette)],
        setCursor: [(plot) => onPoint(pointUnderCursor(plot))],
      },
    },
    data,
    container,
  );
}

function pointUnderCursor(plot: uPlot): ReturnType<typeof valuesAt> | null {
  const { left } = plot.cursor;
  return left === undefined || left === null || left < 0 ? null : valuesAt(plot, plot.posToVal(left, 'x'));
}

function valuesAt(plot: uPlot, second: number) {
  const [seconds = [], bikes = [], usual = []] = plot.data;
  let last = -1;
  while (last + 1 < seconds.length && (seconds[last + 1] as number) <= second) last++;
  const before = (values: ArrayLike<number | null | undefined>) => {
    // Undefined is a moment of the other line only: the previous value still holds. Null means unknown.
    let index = last;
    while (index >= 0 && values[index] === undefined) index--;
    return values[index] ?? null;
  };
  return { atMs: second * 1000, bikes: before(bikes), usual: before(usual) };
}

function shade(plot: uPlot, history: History, palette: Palette): void {
  const { ctx } = plot;
  const { left, top, width, height } = plot.bbox;
  const band = (fromMs: number, toMs: number, fill: string | CanvasPattern | null) => {
    const start = Math.max(left, plot.valToPos(fromMs / 1000, 'x', true));
    const end = Math.min(left + width, plot.valToPos(toMs / 1000, 'x', true));
    if (end <= start || fill === null) return;
    ctx.fillStyle = fill;
    ctx.fillRect(start, top, Math.max(2, end - start), height);
  };
  ctx.save();
  for (const outage of history.outages) {
    const colour =
      { empty: palette.ramp[0], full: palette.ramp[4] }[outage.state as string] ?? palette.unknown;
    const { fromMs, toMs } = shownOutage(outage, history);
    band(fromMs, toMs, `${colour}33`);
  }
  const hatching = hatch(ctx, palette);
  for (const { from_at, to_at } of history.gaps) band(Date.parse(from_at), Date.parse(to_at), hatching);
  ctx.restore();
}

/** Diagonal lines: "unknown" must not look like a colour with a meaning. */
function hatch(ctx: CanvasRenderingContext2D, palette: Palette): CanvasPattern | null {
  const tile = document.createElement('canvas');
  tile.width = tile.height = 8;
  const draw = tile.getContext('2d');
  if (draw === null) return null;
  draw.strokeStyle = palette.unknown;
  draw.lineWidth = 1.2;
  draw.beginPath();
  for (const shift of [-8, 0, 8]) {
    draw.moveTo(shift, 8);
    draw.lineTo(shift + 8, 0);
  }
  draw.stroke();
  return ctx.createPattern(tile, 'repeat');
}
