import { type DashboardLink, DashboardLinkType } from '@grafana/grafana-foundation-sdk/dashboard';

/** The uids of the dashboards. Links and bookmarks contain them, so never change one. */
export const UIDS = {
  overview: 'velolog-overview',
  system: 'velolog-system',
  station: 'velolog-station',
  fleet: 'velolog-fleet',
  feeds: 'velolog-feeds',
  operators: 'velolog-operators',
  quality: 'velolog-quality',
  pipeline: 'velolog-pipeline',
} as const;

/** The live page. The worker that serves it reports its URL, see pageAddress() in variables.ts. */
const PAGE_URL = `\${page}`;

/** A link on a value of a table or a map. Grafana's data links have fewer fields than the SDK's type. */
export type DataLink = { title: string; url: string; targetBlank: boolean };

/** Links to another dashboard, with the time on screen and `values` for its variables. */
export function dataLink(title: string, uid: string, values: Record<string, string>): DataLink {
  const variables = Object.entries(values).map(([name, value]) => `var-${name}=${value}&`);
  return { title, url: `/d/${uid}?${variables.join('')}\${__url_time_range}`, targetBlank: false };
}

/** The value of another column in the same row, escaped for a URL. */
export const column = (name: string): string => `\${__data.fields.${name}:percentencode}`;

export const toSystem = dataLink('Its dashboard', UIDS.system, { system: column('system_id') });

export const toStation = dataLink('The station', UIDS.station, {
  system: column('system_id'),
  station: column('station_id'),
});

/** The dashboards with their titles and how many systems the viewer can choose in each. */
const DASHBOARDS: [uid: string, title: string, systems: 'none' | 'one' | 'many'][] = [
  [UIDS.overview, 'Overview', 'none'],
  [UIDS.system, 'System', 'one'],
  [UIDS.station, 'Station', 'one'],
  [UIDS.fleet, 'Fleet', 'one'],
  [UIDS.feeds, 'Feed health', 'many'],
  [UIDS.operators, 'Operators', 'none'],
  [UIDS.quality, 'Quality', 'many'],
  [UIDS.pipeline, 'Pipeline', 'none'],
];

/**
 * The links at the top of every dashboard. They keep the time and the chosen system, except from a dashboard for many systems to one for a
 * single system, which cannot show "All". The last one leads to the live page.
 */
export function navigation(current: string): DashboardLink[] {
  const mine = DASHBOARDS.find(([uid]) => uid === current)?.[2] ?? 'one';
  const others = DASHBOARDS.filter(([uid]) => uid !== current).map(([uid, title, systems]) =>
    link(title, `/d/${uid}`, {
      icon: 'dashboard',
      keepTime: true,
      includeVars: !(mine === 'many' && systems === 'one'),
    }),
  );
  return [...others, link('Live page', PAGE_URL, { icon: 'external link', targetBlank: true })];
}

function link(title: string, url: string, more: Partial<DashboardLink>): DashboardLink {
  return {
    title,
    type: DashboardLinkType.Link,
    icon: '',
    tooltip: '',
    url,
    tags: [],
    asDropdown: false,
    targetBlank: false,
    includeVars: false,
    keepTime: false,
    ...more,
  };
}
