import { signal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import type { History } from '../../../src/api/history.ts';
import { drawHistory } from '../../charts/history-chart.ts';
import { csvOf } from '../../model/export.ts';
import { formatDuration, plural } from '../../model/format.ts';
import { shownOutage } from '../../model/history/shown-outage.ts';
import type { Station } from '../../model/station.ts';
import * as state from '../../state/page-state.ts';
import { palette } from '../../state/theme.ts';
import { saveFile } from '../export-menu.tsx';

const readout = signal<string | null>(null);

export function HistoryChart({ history, station }: { history: History; station: Station }) {
  const container = useRef<HTMLDivElement>(null);
  const colours = palette.value;
  useEffect(() => {
    const place = container.current;
    if (place === null) return;
    const chart = drawHistory(place, {
      history,
      capacity: station.capacity,
      timezone: state.panelSystem.peek()?.timezone ?? null,
      clock: state.clock.peek(),
      palette: colours,
      onPoint: (point) => {
        readout.value =
          point &&
          `${state.clock.peek().time(new Date(point.atMs))}: ${plural(point.bikes, 'bike')}${point.usual === null ? '' : `, usually ${point.usual.toFixed(1)}`}`;
      },
    });
    const resized = new ResizeObserver(() =>
      chart.setSize({ width: place.clientWidth, height: chart.height }),
    );
    resized.observe(place);
    return () => {
      resized.disconnect();
      chart.destroy();
      readout.value = null;
    };
  }, [history, colours, station.capacity]);
  return (
    <figure class="history">
      <figcaption>
        <span>Bikes, {lengthOf(history)}</span>
        <button type="button" class="text-button" onClick={() => saveHistory(history)}>
          CSV
        </button>
      </figcaption>
      <div ref={container} class="chart" role="img" aria-label={describeHistory(history)} />
      <p class="readout">{readout.value ?? <ChartLegend history={history} />}</p>
    </figure>
  );
}

function ChartLegend({ history }: { history: History }) {
  const weekday = state.clock.value.weekday(new Date(history.to));
  const hasUsual = history.profile.some(({ bikes_mean }) => bikes_mean !== null);
  const has = (wanted: string) => history.outages.some((outage) => outage.state === wanted);
  return (
    <>
      <span class="key key-line">bikes</span>
      {hasUsual && <span class="key key-usual">usual on a {weekday}</span>}
      {has('empty') && <span class="key key-empty">empty</span>}
      {has('full') && <span class="key key-full">full</span>}
      {history.gaps.length > 0 && <span class="key key-gap">not observed</span>}
    </>
  );
}

function lengthOf({ from, to }: History): string {
  const recorded = state.archiveEndMs.value === null ? '' : ' recorded';
  const length = formatDuration(Math.round((Date.parse(to) - Date.parse(from)) / 60_000) * 60);
  return `last ${length.replace('1 d', '24 h')}${recorded}`;
}

/** The chart in a sentence, for users who cannot see it. */
function describeHistory(history: History): string {
  const { steps, gaps, outages, to } = history;
  const bikes = steps.map((step) => step.num_bikes_available).filter((count) => count !== null);
  if (bikes.length === 0) return `Bikes, ${lengthOf(history)}: nothing was observed`;
  const lasted = (spans: { fromMs: number; toMs: number }[]) =>
    formatDuration(spans.reduce((sum, { fromMs, toMs }) => sum + (toMs - fromMs) / 1000, 0));
  const isNow =
    state.archiveEndMs.value === null &&
    steps.at(-1)?.num_bikes_available != null &&
    !gaps.some((gap) => gap.to_at >= to);
  const parts = [
    `Bikes, ${lengthOf(history)}: ${isNow ? 'now' : 'last known'} ${bikes.at(-1)}, least ${Math.min(...bikes)}, most ${Math.max(...bikes)}`,
    ...(['empty', 'full', 'closed'] as const).flatMap((name) => {
      const spans = outages
        .filter(({ state }) => state === name)
        .map((outage) => shownOutage(outage, history));
      return spans.length === 0 ? [] : [`${name} for ${lasted(spans)}`];
    }),
    ...(gaps.length === 0
      ? []
      : [
          `not observed for ${lasted(gaps.map((gap) => ({ fromMs: Date.parse(gap.from_at), toMs: Date.parse(gap.to_at) })))}`,
        ]),
  ];
  return parts.join('; ');
}

function saveHistory({ system_id, station_id, steps }: History): void {
  const columns = ['observed_at', 'num_bikes_available', 'num_docks_available', 'state'] as const;
  const rows = steps.map((step) => columns.map((column) => step[column]));
  saveFile(csvOf([columns, ...rows]), `${system_id}_station_${station_id}_history.csv`, 'text/csv');
}
