import { BLUE, fixedColour, GREY, MIDDLE, PALE_ORANGE } from '../colours.ts';
import type { ChartShape } from '../panels/chart.ts';
import { prometheusChart } from '../panels/prometheus-chart.ts';

/** A metric of every process, labelled with its worker's name. */
const perWorker = (expr: string) =>
  `sum by (worker, instance) (${expr} * on (job, instance) group_left (worker) velolog_build_info)`;

/** Each kind of worker has its own colour, whatever its address. */
const WORKERS: ChartShape = {
  overrides: [
    ['store', BLUE],
    ['ingest', PALE_ORANGE],
    ['live', MIDDLE],
    ['lake', GREY],
  ].map(([worker, colour]) => ({
    matcher: { id: 'byRegexp', options: `/^${worker} /` },
    properties: [{ id: 'color', value: fixedColour(`${colour}`) }],
  })),
};

export const memory = () =>
  prometheusChart(
    ['Memory', 'Resident memory of each worker.', 'bytes'],
    [[perWorker('process_resident_memory_bytes'), '{{worker}} {{instance}}']],
    WORKERS,
  );

export const cpu = () =>
  prometheusChart(
    ['CPU', 'Share of one core that each worker takes.', 'percentunit'],
    [[perWorker('rate(process_cpu_seconds_total[$__rate_interval])'), '{{worker}} {{instance}}']],
    WORKERS,
  );

export const eventLoop = () =>
  prometheusChart(
    [
      'Event loop delay',
      'How late timers run, 99 % of them: a worker that is busy for long without a pause answers nobody in that time. The metric includes the 50 ms between two measurements; they are subtracted here.',
      's',
    ],
    [[perWorker('clamp_min(nodejs_eventloop_lag_p99_seconds - 0.05, 0)'), '{{worker}} {{instance}}']],
    { ...WORKERS, softMax: 0.05 },
  );
