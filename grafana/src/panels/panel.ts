import type { Dataquery } from '@grafana/grafana-foundation-sdk/cog';
import type {
  DashboardLink,
  DynamicConfigValue,
  FieldConfig,
  MatcherConfig,
  Panel,
} from '@grafana/grafana-foundation-sdk/dashboard';

/** The texts that every panel must have; the rest depends on its type. */
export type PanelText = {
  title: string;
  /** What it shows, how it is counted, and what may mislead. Appears under the (i) in the panel's corner. */
  description: string;
  /** Shown instead of "No data". */
  noValue: string;
  /** A Grafana unit; `none` for counts. */
  unit: string;
  decimals?: number;
};

/** Units of rates, because Grafana's own read "c/m" and "wr/s". */
export const PER_MINUTE = 'suffix:/min';
export const PER_SECOND = 'suffix:/s';

export type Override = { matcher: MatcherConfig; properties: DynamicConfigValue[] };

/** A panel that has no position yet. `width` is in 24ths of the page. */
export type PlacedPanel = { panel: Panel; width: number };

/** The common parts of all panels. Queries get the refIds A, B, … in order. */
export function panelOf(
  type: string,
  text: PanelText,
  queries: Dataquery[],
  more: {
    defaults?: FieldConfig;
    overrides?: Override[];
    options: object;
    transformations?: Panel['transformations'];
    links?: DashboardLink[];
    interval?: string;
    maxDataPoints?: number;
  },
): Panel {
  const targets = queries.map((query, index) => ({ ...query, refId: refIdOf(index) }));
  const datasource = (targets[0] as { datasource?: Panel['datasource'] } | undefined)?.datasource;
  const { title, description, noValue, unit, decimals } = text;
  const { defaults, overrides = [], ...rest } = more;
  return {
    type,
    title,
    description,
    ...(datasource && { datasource }),
    targets,
    fieldConfig: {
      defaults: { unit, noValue, ...(decimals !== undefined && { decimals }), ...defaults },
      overrides,
    },
    ...rest,
  };
}

/** Sets properties of the column with this name. */
export function ofField(name: string, ...properties: [id: string, value: unknown][]): Override {
  return {
    matcher: { id: 'byName', options: name },
    properties: properties.map(([id, value]) => ({ id, value })),
  };
}

/** Sets properties of what one query returned. @param number of the query, from 0 */
export function ofQuery(number: number, ...properties: [id: string, value: unknown][]): Override {
  return {
    matcher: { id: 'byFrameRefID', options: refIdOf(number) },
    properties: properties.map(([id, value]) => ({ id, value })),
  };
}

const refIdOf = (number: number): string => String.fromCharCode(65 + number);

/** Sets properties of the fields whose names match: for series that are named by their labels. @param pattern a regular expression between slashes */
export function ofPattern(pattern: string, ...properties: [id: string, value: unknown][]): Override {
  return {
    matcher: { id: 'byRegexp', options: pattern },
    properties: properties.map(([id, value]) => ({ id, value })),
  };
}

/** Sets properties of all columns of a type: string, number, time, boolean. */
export function ofType(type: string, ...properties: [id: string, value: unknown][]): Override {
  return {
    matcher: { id: 'byType', options: type },
    properties: properties.map(([id, value]) => ({ id, value })),
  };
}
