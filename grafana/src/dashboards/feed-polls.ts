import { BAD, BLUE, fixedColour, GREY, ORANGE, PALE_BLUE, thresholds } from '../colours.ts';
import { chart, chartOfFirst, LINES_MAX } from '../panels/chart.ts';
import { ofField, PER_MINUTE } from '../panels/panel.ts';
import { promFirst, promSeries, quantile } from '../questions/prometheus-query.ts';

/** The charts of the feed health dashboard about how feeds were polled, from Prometheus. */

const LABELS = 'system=~"$system"';

/** The feeds that were worst within the time on screen: a thousand systems would have a thousand lines. @param age by system and feed */
const worst = (age: string) => {
  const most = (steps: string) => `max by (system, feed) (max_over_time((${age})[${steps}] @ end()))`;
  // There is a step at every whole five minutes: in a shorter time perhaps none.
  const order = `(${most('$__range:5m')} or ${most('1m:15s')})`;
  return promFirst(LINES_MAX, age, { by: ['system', 'feed'], order });
};

export const successAge = () =>
  chartOfFirst(
    {
      title: 'Time since the last success',
      description: `By our clock: since the feed last answered with JSON or "not modified", for the ${LINES_MAX} feeds of which that was longest in the time on screen. Only feeds of stations and
vehicles: the others are polled hourly.`,
      noValue: 'No data from Prometheus in this time',
      unit: 's',
    },
    worst(
      `max by (system, feed) (time() - gbfs_feed_last_success_timestamp_seconds{${LABELS}, feed=~"station_status|free_bike_status|vehicle_status"})`,
    ),
  );

export const publisherAge = () =>
  chartOfFirst(
    {
      title: "Publisher's age in ttls",
      description: `How old the feed's own last_updated is, in multiples of its ttl (of at least 60 s). A feed that answers and stays above 10 is frozen, or its clock is wrong. The
${LINES_MAX} feeds of stations that were oldest in the time on screen; absent where a feed declares neither.`,
      noValue: 'No feed declares last_updated and ttl, or Prometheus has no data of this time',
      unit: 'none',
      decimals: 1,
    },
    worst(
      `max by (system, feed) ((time() - gbfs_feed_last_updated_timestamp_seconds{${LABELS}, feed="station_status"}) / clamp_min(gbfs_feed_ttl_seconds, 60))`,
    ),
    {
      // The axis always includes the limit, so that a healthy feed appears far below it.
      softMax: 12,
      defaults: { thresholds: thresholds('transparent', [BAD, 10]) },
      overrides: [
        {
          matcher: { id: 'byType', options: 'number' },
          properties: [{ id: 'custom.thresholdsStyle', value: { mode: 'dashed' } }],
        },
      ],
    },
  );

export const polls = () =>
  chart(
    {
      title: 'Polls by outcome',
      description: 'Finished polls per minute: fetched (a body), unchanged (304), failed.',
      noValue: 'No data from Prometheus in this time',
      unit: PER_MINUTE,
      decimals: 1,
    },
    [
      promSeries(
        `60 * sum by (outcome) (rate(gbfs_polls_total{${LABELS}}[$__rate_interval]))`,
        '{{outcome}}',
      ),
    ],
    { stacked: true, colours: { fetched: BLUE, unchanged: PALE_BLUE, failed: ORANGE } },
  );

export const duration = () =>
  chart(
    {
      title: 'How long a poll takes',
      description: 'From the request to the whole body, half and 95 % of the polls of all systems.',
      noValue: 'No data from Prometheus in this time',
      unit: 's',
    },
    halfAnd95Percent('gbfs_poll_duration_seconds'),
    { colours: HALF_AND_95_PERCENT },
  );

export const delay = () =>
  chart(
    {
      title: 'How late a poll begins',
      description:
        'How long after it was due a poll began: its host has limits, or there is too little CPU. Half and 95 % of the polls of all systems.',
      noValue: 'No data from Prometheus in this time',
      unit: 's',
    },
    halfAnd95Percent('velolog_poll_delay_seconds'),
    { colours: HALF_AND_95_PERCENT },
  );

const halfAnd95Percent = (histogram: string) => [
  promSeries(quantile(0.5, histogram), 'half'),
  promSeries(quantile(0.95, histogram), '95 %'),
];
const HALF_AND_95_PERCENT = { half: PALE_BLUE, '95 %': BLUE };

export const rejected = () =>
  chartOfFirst(
    {
      title: 'Rows left out',
      description:
        'Rows of feeds per minute that could not be used, by reason; the rest of the feed was used. A line "none" at 0 means that nothing was left out; no line means that no feed or no store answers.',
      noValue: 'No data from Prometheus in this time',
      unit: PER_MINUTE,
    },
    byReason('gbfs_feed_rejected_rows_total'),
    REASONS,
  );

export const coerced = () =>
  chartOfFirst(
    {
      title: 'Values repaired',
      description:
        'Values per minute that were repaired or set to unknown, by reason. A line "none" at 0 means that all values were as the specification has them; no line means that no feed or no store answers.',
      noValue: 'No data from Prometheus in this time',
      unit: PER_MINUTE,
    },
    byReason('gbfs_feed_coerced_values_total'),
    REASONS,
  );

/** Whether one of the chosen feeds answered in the last quarter of an hour. If none did, nothing was read, and 0 would look like a good result. */
const ANSWERED = `sum(increase(gbfs_polls_total{${LABELS}, outcome!="failed"}[15m])) > 0`;

const REASONS = { softMax: 1, overrides: [ofField('none', ['color', fixedColour(GREY)])] };

/** The commonest reasons in the time on screen; `none` comes last. */
const byReason = (counter: string) => {
  const counted = `60 * sum by (reason) (rate(${counter}{${LABELS}}[$__rate_interval]))`;
  const none = 'label_replace(0 * sum(up{job="store"} > 0), "reason", "none", "", "")';
  return promFirst(LINES_MAX, `${counted} > 0 or (${counted} or ${none}) and on () (${ANSWERED})`, {
    by: ['reason'],
    order: `(sum by (reason) (increase(${counter}{${LABELS}}[$__range] @ end())) or label_replace(vector(-1), "reason", "none", "", ""))`,
  });
};
