import type { Dataquery } from '@grafana/grafana-foundation-sdk/cog';
import { BAD, GOOD, thresholds } from '../colours.ts';
import { stat } from './stat.ts';

/** How old the data on a dashboard is. @param query returns the seconds */
export const ageOfData = (query: Dataquery) =>
  stat(
    {
      title: 'Age of the data',
      description:
        'From the last poll that confirmed what is shown to the end of the time on screen. Orange: older than 5 minutes.',
      noValue: 'Not known',
      unit: 's',
      decimals: 1,
    },
    query,
    { limits: thresholds(GOOD, [BAD, 300]) },
  );
