import type { PublishedSystem } from '../published-system.ts';

/** The start page: explains the simulator and links to every system. */
export function indexPage(systems: Iterable<PublishedSystem>): string {
  const rows = Array.from(systems, ({ system, facts, discoveryUrl }) => {
    const path = new URL(discoveryUrl).pathname;
    const feeds = ['system_information', 'station_information', 'station_status'].map(
      (feed) => `<a href="${path.replace('gbfs.json', `${feed}.json`)}">${feed}</a>`,
    );
    return `<tr><td><a href="${path}">${system.system_id}</a><td>${facts.name}<td>${system.version}<td>${system.stations}<td>${feeds.join(' ')}`;
  });
  return `<!doctype html>
<html lang="en"><meta charset="utf-8"><title>Velolog simulator</title>
<style>body{font:16px system-ui;margin:2rem}td,th{padding:.2rem .8rem .2rem 0;text-align:left}</style>
<h1>Velolog simulator</h1>
<p>Every system here is <strong>simulated</strong>: stations, bikes and riders are invented by a program.
<p><a href="/systems.json">systems.json</a> lists them for Velolog; <a href="/control/faults">/control/faults</a> shows the faults that are on.
<table><tr><th>system_id<th>name<th>GBFS<th>stations<th>feeds
${rows.join('\n')}
</table></html>
`;
}
