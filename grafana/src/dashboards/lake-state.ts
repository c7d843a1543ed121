import { BAD, GOOD, PALE_BLUE, thresholds } from '../colours.ts';
import { prometheusChart } from '../panels/prometheus-chart.ts';
import { stat } from '../panels/stat.ts';
import { promNow } from '../questions/prometheus-query.ts';

/** The panels of the pipeline dashboard about the lake. */

const NO_LAKE = 'No lake worker answers';

export const lakeLag = () =>
  stat(
    {
      title: 'Lake: days since its last month',
      description:
        'Days since the end of the last month in the lake: up to 31 when it is up to date. Orange from 33.',
      noValue: NO_LAKE,
      unit: 'd',
      decimals: 1,
    },
    promNow('max(velolog_lake_lag_days)', 'lag'),
    { limits: thresholds(GOOD, [BAD, 33]) },
  );

export const lakeDamaged = () =>
  stat(
    {
      title: 'Lake: damaged files',
      description:
        'Files that the last daily check found missing or damaged and that could not be written again.',
      noValue: NO_LAKE,
      unit: 'none',
      decimals: 0,
    },
    promNow('sum(velolog_lake_damaged_files)', 'files'),
    { limits: thresholds(GOOD, [BAD, 1]) },
  );

export const lakeSize = () =>
  prometheusChart(
    ['Lake: size', 'Size of the files of the lake. It grows by a step when a month ends.', 'bytes'],
    [['sum(velolog_lake_bytes)', 'files']],
    { filled: true, colours: { files: PALE_BLUE } },
  );
