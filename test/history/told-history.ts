import { START, type TestStore } from '../workers/test-store.ts';
import type { Hour, Spell } from './slow/slow-history.ts';
import { complianceOf, localDayOf, serviceHoursOf } from './slow/slow-service.ts';

/**
 * What the views of spells, hours and service levels return for a system, as sorted lines: queried, and computed by hand.
 */
export type Told = Record<
  'spells' | 'outages' | 'outagesInWindow' | 'hours' | 'hoursInWindow' | 'compliance',
  string[]
>;

export type Question = {
  /** Epoch milliseconds. */
  window: [number, number];
  days: [string, string];
  timezone: string;
  /** First and last hour of service. */
  service: readonly number[];
  toleratedMinutes: number;
};

export function toldByHand(question: Question, spells: Spell[], hours: Map<string, Hour>): Told {
  const [from, to] = question.window;
  const outages = spells.filter((spell) => spell.state !== 'ok' && spell.state !== 'unknown');
  return {
    spells: spells.map(spellLine).sort(),
    outages: outages.map(spellLine).sort(),
    outagesInWindow: outages
      .filter((spell) => spell.from <= to && spell.seenTo >= from)
      .map(spellLine)
      .sort(),
    hours: [...hours.values()].map(hourLine).sort(),
    hoursInWindow: [...hours.values()]
      .filter(({ hour }) => hour >= from && hour <= to)
      .map(hourLine)
      .sort(),
    compliance: complianceLines(question, spells),
  };
}

export async function toldByViews(store: TestStore, system: string, question: Question): Promise<Told> {
  const { window, days, service, toleratedMinutes } = question;
  const between = [...window.map((at) => new Date(at).toISOString()), system];
  const ask = async (from: string, values: unknown[], line: (row: Record<string, unknown>) => string) =>
    (await store.ask(`select * from ${from}`, values)).map(line).sort();
  return {
    spells: await ask('api.station_spell where system_id = $1', [system], spellRow),
    outages: await ask('api.outage_episode where system_id = $1', [system], spellRow),
    outagesInWindow: await ask('api.outage_episode_between($1, $2, $3)', between, spellRow),
    hours: await ask('api.station_hour where system_id = $1', [system], hourRow),
    hoursInWindow: await ask('api.station_hour_between($1, $2, $3)', between, hourRow),
    compliance: await ask(
      '(select *, day::text as local_day from api.sla_compliance_between($1, $2, $3, $4, $5, $6)) as kept',
      [...days, system, ...service, toleratedMinutes],
      complianceRow,
    ),
  };
}

const second = (at: number) => (at - START) / 1000;
const fixed = (value: unknown, digits = 9) => (value === null ? null : Number(value).toFixed(digits));

function spellLine({ station, state, from, to, seenTo, startObserved, endObserved }: Spell): string {
  return `${station} ${state} ${second(from)}..${to === null ? null : second(to)} ${(seenTo - from) / 1000} s ${to === null} ${startObserved} ${endObserved}`;
}

function spellRow(row: Record<string, unknown>): string {
  return `${row.station_id} ${row.state} ${row.from_at}..${row.to_at} ${row.duration_seconds} s ${row.is_open} ${row.start_observed} ${row.end_observed}`;
}

function hourLine(hour: Hour): string {
  const bounds = (values: number[]) =>
    values.length === 0 ? 'null..null' : `${Math.min(...values)}..${Math.max(...values)}`;
  const part = (a: number, b: number) => (b === 0 ? null : (a / b).toFixed(9));
  const { empty, full, closed, unknown } = hour.stateMs;
  const stateKnownMs = hour.observedMs - unknown;
  // Where no poll told the bikes, nobody knows whether one came or left.
  const moved = (count: number) => (hour.bikes.length === 0 ? null : count);
  return [
    `${hour.station} ${second(hour.hour)}`,
    `bikes ${bounds(hour.bikes)} ${part(hour.bikesMs, hour.bikesKnownMs)}`,
    `docks ${bounds(hour.docks)} ${part(hour.docksMs, hour.docksKnownMs)}`,
    `empty ${part(empty, stateKnownMs)} full ${part(full, stateKnownMs)} closed ${part(closed, stateKnownMs)} unknown ${part(unknown, hour.observedMs)}`,
    `of ${part(hour.observedMs, 3_600_000)} +${moved(hour.arrivals)} -${moved(hour.departures)} step ${moved(hour.largestStep)}`,
  ].join(' | ');
}

function hourRow(row: Record<string, unknown>): string {
  return [
    `${row.station_id} ${row.hour_at}`,
    `bikes ${row.bikes_min}..${row.bikes_max} ${fixed(row.bikes_mean)}`,
    `docks ${row.docks_min}..${row.docks_max} ${fixed(row.docks_mean)}`,
    `empty ${fixed(row.empty_share)} full ${fixed(row.full_share)} closed ${fixed(row.closed_share)} unknown ${fixed(row.unknown_share)}`,
    `of ${fixed(row.observed_share)} +${row.arrivals} -${row.departures} step ${row.largest_step}`,
  ].join(' | ');
}

/**
 * A line for each local day from a station's first to its last observation, and for the day before if the first observation falls into
 * that day's night.
 */
function complianceLines(question: Question, spells: Spell[]): string[] {
  const { timezone, service, toleratedMinutes } = question;
  const [fromHour = 0, toHour = 24] = service;
  return [...Map.groupBy(spells, (spell) => spell.station)]
    .flatMap(([station, own]) => {
      const first = Math.min(...own.map((spell) => spell.from));
      const last = Math.max(...own.map((spell) => spell.seenTo));
      const firstDay = localDayOf(first, timezone);
      return daysBetween(dayBefore(firstDay), localDayOf(last, timezone)).flatMap((day) => {
        const hours = serviceHoursOf(day, timezone, fromHour, toHour);
        if (day < firstDay && hours.closesAt <= first) return [];
        const of = complianceOf(own, hours, toleratedMinutes * 60_000);
        const share = of.observedMs === 0 ? null : (1 - of.missedMs / of.observedMs).toFixed(9);
        return `${station} ${day} ${(of.observedMs / 60_000).toFixed(6)} ${((of.observedMs - of.missedMs) / 60_000).toFixed(6)} ${share} ${(of.longestOutageMs / 60_000).toFixed(6)} ${of.outagesOverTolerance} ${(of.unknownMs / 60_000).toFixed(6)}`;
      });
    })
    .sort();
}

function complianceRow(row: Record<string, unknown>): string {
  return `${row.station_id} ${row.local_day} ${fixed(row.minutes_observed, 6)} ${fixed(row.minutes_in_target, 6)} ${fixed(row.compliance)} ${fixed(row.longest_outage_minutes, 6)} ${row.outages_over_tolerance} ${fixed(row.minutes_unknown, 6)}`;
}

function dayBefore(day: string): string {
  return new Date(Date.parse(day) - 86_400_000).toISOString().slice(0, 10);
}

function daysBetween(first: string, last: string): string[] {
  const days: string[] = [];
  for (let at = Date.parse(first); at <= Date.parse(last); at += 86_400_000)
    days.push(new Date(at).toISOString().slice(0, 10));
  return days;
}
