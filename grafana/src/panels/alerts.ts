import { BAD, GREY, valueMap } from '../colours.ts';
import { column, dataLink, UIDS } from '../links.ts';
import { promTable } from '../questions/prometheus-query.ts';
import { panelOf } from './panel.ts';
import { columnsOf } from './table.ts';

const firing = (alerts: string): string => `count by (alertname, severity, system, feed, job) (${alerts})`;
const OF_SYSTEMS = firing('ALERTS{alertstate="firing", system!=""}');
const OF_WORKERS = firing(
  'ALERTS{alertstate="firing", system="", alertname!="Watchdog"} or label_replace(absent(ALERTS{alertname="Watchdog"}), "alertname", "No alert rules ran", "", "")',
);

/**
 * The alerts that fired in Prometheus. "None fired" appears only where the rules run, because Watchdog always fires there.
 */
export const firingAlerts = () =>
  panelOf(
    'table',
    {
      title: 'Alerts at the end of this time',
      description:
        'Alerts that fired in this time, as Prometheus recorded them, by the rules in prometheus/rules. docs/operations.md says under the name of each what it means and what to do. A feed leads to its health.',
      noValue: 'None fired',
      unit: 'none',
    },
    [
      promTable(
        `label_join(${OF_SYSTEMS}, "chosen", "", "system") or label_replace(${OF_WORKERS}, "chosen", "All", "", "")`,
      ),
    ],
    {
      defaults: { custom: { align: 'auto', inspect: false } },
      overrides: columnsOf({
        // As wide as the longest name, which Grafana would break anywhere.
        alertname: { width: 245, wrapped: true },
        severity: {
          width: 80,
          coloured: true,
          mappings: [
            valueMap([
              ['critical', 'critical', BAD],
              ['warning', 'warning', GREY],
            ]),
          ],
        },
        // An alert of a worker has no system: its link leads to the feeds of all.
        system: { links: [dataLink('Its feeds', UIDS.feeds, { system: column('chosen') })] },
        chosen: { hidden: true },
      }),
      options: {
        showHeader: true,
        cellHeight: 'sm',
        frameIndex: 0,
        // A phone shows four lines. Sorted alphabetically, critical alerts come first.
        sortBy: [{ displayName: 'Severity', desc: false }],
      },
      transformations: [
        {
          id: 'organize',
          options: {
            excludeByName: { Time: true, Value: true },
            indexByName: { alertname: 0, severity: 1, system: 2, feed: 3, job: 4 },
            renameByName: {
              alertname: 'Alert',
              severity: 'Severity',
              system: 'System',
              feed: 'Feed',
              job: 'Worker',
            },
          },
        },
      ],
    },
  );
