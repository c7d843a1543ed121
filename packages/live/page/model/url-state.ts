import { STATES } from './filter.ts';
import { COLUMNS, type Column, type Sort } from './sort.ts';
import type { StationState } from './station.ts';
import { KINDS, type Kind } from './vehicle/vehicle.ts';

export type Camera = { lat: number; lon: number; zoom: number };
/** `vehicles` is the table of vehicles, for a system that also has stations. */
export type View = 'map' | 'table' | 'vehicles';
export const LAYERS = ['vehicles', 'zones'] as const;
/** What the map draws besides stations. */
export type Layer = (typeof LAYERS)[number];
/** How many minutes ahead the map can be coloured by the chance of a bike. */
export const AHEAD_MINUTES = [10, 20, 30, 60, 90] as const;
export type Theme = 'light' | 'dark';

/** Everything that a link must contain so that another person sees the same. */
export type UrlState = {
  system: string | null;
  station: string | null;
  /** The system of the station, on the map of all systems. */
  of: string | null;
  /** The systems whose stations and vehicles are shown at a place; an empty list means all. */
  operators: string[];
  /** Two letters: the map of all systems shows only systems of this country. */
  country: string | null;
  view: View;
  query: string;
  show: StationState[];
  /** Kinds of vehicles; an empty list means all. */
  kinds: Kind[];
  layers: Layer[];
  /** The map shows how likely a bike is in this many minutes; null shows the present. */
  ahead: (typeof AHEAD_MINUTES)[number] | null;
  sort: Sort;
  /** The replayed moment, epoch milliseconds; null means now. */
  at: number | null;
  /** How far back the slider goes. */
  hours: 24 | 48;
  camera: Camera | null;
  /** Null follows the system setting. */
  theme: Theme | null;
};

const DEFAULT_SORT: Sort = { column: 'name', descending: false };

/** Ignores wrong values in a link: a page that opens is better than an error. */
export function parseUrlState(search: string): UrlState {
  const given = new URLSearchParams(search);
  const show = (given.get('show') ?? '').split(',');
  return {
    system: given.get('system') || null,
    station: given.get('station') || null,
    of: given.get('of') || null,
    operators: listIn(given, 'operators').filter(Boolean).map(decoded),
    country: parseCountry(given.get('country') ?? ''),
    view: VIEWS.find((view) => view === given.get('view')) ?? 'map',
    query: given.get('q') ?? '',
    show: STATES.filter((state) => show.includes(state)),
    kinds: KINDS.filter((kind) => listIn(given, 'vehicles').includes(kind)),
    layers: given.has('layers')
      ? LAYERS.filter((layer) => listIn(given, 'layers').includes(layer))
      : DEFAULT_LAYERS,
    ahead: AHEAD_MINUTES.find((minutes) => `${minutes}` === given.get('ahead')) ?? null,
    sort: parseSort(given.get('sort') ?? ''),
    at: parseTime(given.get('at')),
    hours: given.get('hours') === '48' ? 48 : 24,
    camera: parseCamera(given.get('map') ?? ''),
    theme: THEMES.find((theme) => theme === given.get('theme')) ?? null,
  };
}

/** `?…` without the defaults; an empty text when everything is default. */
export function formatUrlState(state: UrlState): string {
  const parts: [string, string | null][] = [
    ['system', state.system],
    ['station', state.station],
    ['of', state.of],
    // An id may contain a comma.
    ['operators', state.operators.map(encodeURIComponent).join(',')],
    ['country', state.country],
    ['view', state.view === 'map' ? null : state.view],
    ['q', state.query],
    ['show', state.show.join(',')],
    ['vehicles', state.kinds.join(',')],
    ['layers', formatLayers(state.layers)],
    ['ahead', state.ahead && `${state.ahead}`],
    ['sort', formatSort(state.sort)],
    ['at', state.at === null ? null : new Date(state.at).toISOString().replace('.000Z', 'Z')],
    ['hours', state.hours === 48 ? '48' : null],
    ['map', state.camera && formatCamera(state.camera)],
    ['theme', state.theme],
  ];
  const query = parts
    .filter((part): part is [string, string] => !!part[1])
    .map(
      ([name, value]) =>
        `${name}=${encodeURIComponent(value).replaceAll('%2C', ',').replaceAll('%2F', '/').replaceAll('%3A', ':')}`,
    )
    .join('&');
  return query === '' ? '' : `?${query}`;
}

const VIEWS: readonly View[] = ['map', 'table', 'vehicles'];
const DEFAULT_LAYERS: Layer[] = ['vehicles'];

function listIn(given: URLSearchParams, name: string): string[] {
  return (given.get(name) ?? '').split(',');
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** `none`, because an empty text would be left out, and the default would apply. */
function formatLayers(layers: readonly Layer[]): string | null {
  if (layers.join() === DEFAULT_LAYERS.join()) return null;
  return layers.length === 0 ? 'none' : layers.join(',');
}

const THEMES: readonly Theme[] = ['light', 'dark'];

function parseSort(text: string): Sort {
  const column = COLUMNS.find((name): name is Column => name === text.replace(/^-/, ''));
  return column === undefined ? DEFAULT_SORT : { column, descending: text.startsWith('-') };
}

function formatSort({ column, descending }: Sort): string | null {
  if (column === DEFAULT_SORT.column && descending === DEFAULT_SORT.descending) return null;
  return descending ? `-${column}` : column;
}

function parseTime(text: string | null): number | null {
  const at = Date.parse(text ?? '');
  return Number.isNaN(at) ? null : at;
}

function parseCountry(text: string): string | null {
  return /^[a-z]{2}$/i.test(text) ? text.toUpperCase() : null;
}

/** `12.5/59.91/10.75`, as usual for maps. */
function parseCamera(text: string): Camera | null {
  const match = /^(-?[\d.]+)\/(-?[\d.]+)\/(-?[\d.]+)$/.exec(text);
  if (match === null) return null;
  const [zoom = NaN, lat = NaN, lon = NaN] = match.slice(1).map(Number);
  const valid = zoom >= 0 && zoom <= 24 && Math.abs(lat) <= 90 && Math.abs(lon) <= 180;
  return valid ? { lat, lon, zoom } : null;
}

function formatCamera({ lat, lon, zoom }: Camera): string {
  return `${zoom.toFixed(1)}/${lat.toFixed(4)}/${lon.toFixed(4)}`;
}
