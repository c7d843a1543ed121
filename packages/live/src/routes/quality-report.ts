import { createHash } from 'node:crypto';
import { html, raw } from 'hono/html';
import type { Quality, QualityIssue } from '../api/quality.ts';

/** The report as a plain page, to print or send to the operator of a system. It needs no script and nothing from other hosts. */
export function qualityReport({
  system_id,
  name,
  operator,
  made_at,
  days,
  feeds,
  not_judged_because,
  issues,
  truncated,
}: Quality) {
  const open = issues.filter((issue) => issue.is_open);
  const over = issues.filter((issue) => !issue.is_open);
  // Open ones come first, so that the list may end among them.
  const isOpenCut = truncated && over.length === 0;
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>Data quality of ${name ?? system_id}</title>
<style>${raw(STYLE)}</style>
</head>
<body>
<main>
<h1>Data quality of <bdi>${name ?? system_id}</bdi></h1>
<p>System ${system_id}${operator === null ? '' : html`, operated by <bdi>${operator}</bdi>`}. As seen by Velolog at ${time(made_at)}. Each line says what was found, since when, and how it can be checked.</p>
${
  feeds.length === 0
    ? ''
    : html`<p>Feeds:</p>
<ul>${feeds.map((feed) => html`<li>${feed.feed} (${whenChecked(feed)})</li>`)}</ul>`
}
${not_judged_because === null ? '' : html`<p><strong>${NOT_JUDGED[not_judged_because]}</strong></p>`}
<h2>Open${open.length === 0 && not_judged_because !== null ? '' : ` (${open.length}${isOpenCut ? ' and more' : ''})`}</h2>
${open.length === 0 ? html`<p>${not_judged_because === null ? nothingFlagged(feeds) : 'Not known.'}</p>` : table(open)}
<h2>Over in the last ${days} days${isOpenCut ? '' : ` (${over.length}${truncated ? ' and more' : ''})`}</h2>
${isOpenCut ? html`<p>Not listed: there are too many open ones.</p>` : over.length === 0 ? html`<p>None.</p>` : table(over)}
</main>
</body>
</html>`;
}

const NOT_JUDGED: Record<NonNullable<Quality['not_judged_because']>, string> = {
  archive: 'This is imported history, which is not judged: nothing is known of the feeds as they are now.',
  unobserved: 'No poll of this system has been answered: nothing is known of its feeds.',
  old: 'Nobody has read these feeds in the last 26 hours: how they are now is not known.',
  unchecked:
    'No worker has checked this system for problems yet, or none since yesterday, so it is not known whether there are any.',
};

function nothingFlagged(feeds: Quality['feeds']): string {
  const unknown = feeds.filter(({ is_current }) => !is_current).map(({ feed }) => feed);
  const late = feeds.filter(({ is_current, overdue }) => is_current && overdue).map(({ feed }) => feed);
  return [
    unknown.length === 0
      ? 'Nothing is flagged.'
      : `Nothing is flagged in the other feeds. Of ${unknown.join(', ')} it is not known: not read and checked in the last 26 hours.`,
    ...(late.length === 0
      ? []
      : [`Late now, so that nobody knows what is published there: ${late.join(', ')}.`]),
  ].join(' ');
}

function whenChecked({ seen_at, checked_at, overdue }: Quality['feeds'][number]) {
  if (seen_at === null) return 'never answered';
  return html`${overdue ? html`<strong>late</strong>, ` : ''}last read ${time(seen_at)}, ${checked_at === null ? 'not checked yet' : html`checked up to ${time(checked_at)}`}`;
}

/** The same in light and dark, on paper and on a phone; a table wider than the screen has its own scroll bar. */
const STYLE = `
body { margin: 0; font: 15px/1.5 system-ui, sans-serif; overflow-wrap: break-word; }
main { max-width: 1200px; margin: 0 auto; padding: 24px 16px; }
h1 { font-size: 24px; line-height: 1.25; margin: 0 0 12px; }
h2 { font-size: 18px; margin: 24px 0 8px; }
ul { padding-left: 20px; }
time { white-space: nowrap; }
.wide { overflow-x: auto; }
table { width: 100%; border-collapse: collapse; font-size: 14px; }
th, td { padding: 6px 10px; border: 1px solid color-mix(in srgb, currentColor 25%, transparent); text-align: left; vertical-align: top; min-width: 9em; }
code { overflow-wrap: anywhere; font-size: 12px; }
@media print { .wide { overflow: visible; } th, td { min-width: 0; } }
`;

/** The page contains text from feeds: it may run and fetch nothing, and only this style applies. */
export const REPORT_POLICY = `default-src 'none'; style-src 'sha256-${createHash('sha256').update(STYLE).digest('base64')}'; frame-ancestors 'none'`;

/** To the second, in UTC, because operators are in every time zone. */
function time(instant: string) {
  return html`<time datetime="${instant}">${instant.slice(0, 19).replace('T', ' ')} UTC</time>`;
}

function table(issues: QualityIssue[]) {
  return html`<div class="wide" role="region" aria-label="Issues" tabindex="0"><table>
<thead><tr><th scope="col">What</th><th scope="col">Where</th><th scope="col">Since</th><th scope="col">Last seen</th><th scope="col">Evidence</th><th scope="col">Why it matters</th></tr></thead>
<tbody>${issues.map(
    (issue) => html`<tr>
<td>${issue.definition} (${issue.flag}: ${issue.threshold})</td>
<td dir="auto">${issue.feed}${issue.station_id === null ? '' : `, station ${issue.station_id}${issue.name === null ? '' : ` (${issue.name})`}`}</td>
<td>${time(issue.since)}</td>
<td>${time(issue.last_seen_at)}${issue.ended_at === null ? '' : html`, ended ${time(issue.ended_at)}`}</td>
<td><code>${JSON.stringify(issue.evidence)}</code></td>
<td>${issue.why}</td>
</tr>`,
  )}</tbody>
</table></div>`;
}
