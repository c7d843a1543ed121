import { html } from 'hono/html';
import type { Quality, QualityIssue } from '../api/quality.ts';

/** The report as a plain page, to print or to send to the operator of a system. It needs no script and nothing from elsewhere. */
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
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Data quality of ${name ?? system_id}</title>
</head>
<body>
<h1>Data quality of ${name ?? system_id}</h1>
<p>System ${system_id}${operator === null ? '' : `, operated by ${operator}`}. As seen by Velolog at ${made_at}. Each line says what was found, since when, and how it can be checked.</p>
${feeds.length === 0 ? '' : html`<p>Feeds: ${feeds.map((feed) => `${feed.feed} (${whenChecked(feed)})`).join(', ')}.</p>`}
${not_judged_because === null ? '' : html`<p><strong>${NOT_JUDGED[not_judged_because]}</strong></p>`}
<h2>Open (${open.length}${truncated ? ' and more' : ''})</h2>
${open.length === 0 ? html`<p>${not_judged_because === null ? 'Nothing is flagged.' : 'Not known.'}</p>` : table(open)}
<h2>Over in the last ${days} days (${over.length})</h2>
${over.length === 0 ? html`<p>None.</p>` : table(over)}
</body>
</html>`;
}

const NOT_JUDGED: Record<NonNullable<Quality['not_judged_because']>, string> = {
  archive: 'This is imported history, which is not judged: nothing is known of the feeds as they are now.',
  unobserved: 'No poll of this system has been answered: nothing is known of its feeds.',
  old: 'Nobody has read these feeds in the last 24 hours: how they are now is not known.',
  unchecked:
    'No worker has checked this system for problems yet, or none since yesterday, so it is not known whether there are any.',
};

function whenChecked({ seen_at, checked_at }: Quality['feeds'][number]): string {
  if (seen_at === null) return 'never answered';
  return `last read ${seen_at}, ${checked_at === null ? 'not checked yet' : `checked up to ${checked_at}`}`;
}

function table(issues: QualityIssue[]) {
  return html`<table border="1" cellpadding="4">
<thead><tr><th scope="col">What</th><th scope="col">Where</th><th scope="col">Since</th><th scope="col">Last seen</th><th scope="col">Evidence</th><th scope="col">Why it matters</th></tr></thead>
<tbody>${issues.map(
    (issue) => html`<tr>
<td>${issue.definition} (${issue.flag}: ${issue.threshold})</td>
<td>${issue.feed}${issue.station_id === null ? '' : `, station ${issue.station_id}${issue.name === null ? '' : ` (${issue.name})`}`}</td>
<td>${issue.since}</td>
<td>${issue.ended_at === null ? issue.last_seen_at : `${issue.last_seen_at}, ended ${issue.ended_at}`}</td>
<td>${JSON.stringify(issue.evidence)}</td>
<td>${issue.why}</td>
</tr>`,
  )}</tbody>
</table>`;
}
