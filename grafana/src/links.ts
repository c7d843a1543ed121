import { type DashboardLink, DashboardLinkType } from '@grafana/grafana-foundation-sdk/dashboard';

/** The uids of the dashboards: what links name, and what bookmarks hold. Never change one. */
export const UIDS = {
  overview: 'velolog-overview',
  system: 'velolog-system',
  station: 'velolog-station',
  feeds: 'velolog-feeds',
  pipeline: 'velolog-pipeline',
} as const;

/** A link on a value of a table or a map. Grafana's data links are shorter than the type the SDK has for them. */
export type DataLink = { title: string; url: string; targetBlank: boolean };

/** To another dashboard, with the time on screen and `values` for its variables. */
export function dataLink(title: string, uid: string, values: Record<string, string>): DataLink {
  const variables = Object.entries(values).map(([name, value]) => `var-${name}=${value}&`);
  return { title, url: `/d/${uid}?${variables.join('')}\${__url_time_range}`, targetBlank: false };
}

/** The value of another column in the same row, safe in a URL. */
export const column = (name: string): string => `\${__data.fields.${name}:percentencode}`;

/** The value of a variable of this dashboard, safe in a URL. */
export const variable = (name: string): string => `\${${name}:percentencode}`;

export const toSystem = dataLink('Its dashboard', UIDS.system, { system: column('system_id') });

export const toStation = dataLink('The station', UIDS.station, {
  system: column('system_id'),
  station: column('station_id'),
});

/** The line of links at the top of every dashboard: they keep the time and the chosen system. */
export function navigation(current: string): DashboardLink[] {
  const titles: [string, string][] = [
    [UIDS.overview, 'Overview'],
    [UIDS.system, 'System'],
    [UIDS.station, 'Station'],
    [UIDS.feeds, 'Feed health'],
    [UIDS.pipeline, 'Pipeline'],
  ];
  return titles
    .filter(([uid]) => uid !== current)
    .map(([uid, title]) => ({
      title,
      type: DashboardLinkType.Link,
      icon: 'dashboard',
      tooltip: '',
      url: `/d/${uid}`,
      tags: [],
      asDropdown: false,
      targetBlank: false,
      includeVars: true,
      keepTime: true,
    }));
}
