import { expect, test } from 'vitest';
import type { Quality, QualityIssue } from '../api/quality.ts';
import { qualityReport } from './quality-report.ts';

const issue = (is_open: boolean): QualityIssue => ({
  flag: 'over_capacity',
  definition: 'Too many.',
  threshold: 'more',
  why: 'Because.',
  feed: 'station_status',
  station_id: '1',
  name: null,
  since: '2026-06-15T12:00:00.000Z',
  last_seen_at: '2026-06-15T12:00:00.000Z',
  ended_at: is_open ? null : '2026-06-15T13:00:00.000Z',
  is_open,
  evidence: {},
});

const headings = (truncated: boolean, ...open: boolean[]) => {
  const report: Quality = {
    system_id: 'city',
    name: null,
    operator: null,
    made_at: '2026-06-15T14:00:00.000Z',
    days: 30,
    feeds: [],
    not_judged_because: null,
    issues: open.map(issue),
    truncated,
  };
  const page = `${qualityReport(report)}`;
  return { titles: Array.from(page.matchAll(/<h2>(.*?)<\/h2>/g), ([, title]) => title), page };
};

test('a list that is cut says where: among those that are over, or among the open ones, and then nothing is known of the others', () => {
  expect(headings(false, true, false).titles).toEqual(['Open (1)', 'Over in the last 30 days (1)']);
  expect(headings(true, true, false).titles).toEqual(['Open (1)', 'Over in the last 30 days (1 and more)']);
  const { titles, page } = headings(true, true, true);
  expect(titles).toEqual(['Open (2 and more)', 'Over in the last 30 days']);
  expect(page).toContain('Not listed: there are too many open ones.');
  expect(page).not.toContain('None.');
});

test('that nothing is flagged is said only of feeds that were read and checked lately', () => {
  const feed = (name: string, is_current: boolean, overdue = false) => ({
    feed: name,
    seen_at: '2026-06-15T12:00:00.000Z',
    checked_at: '2026-06-15T12:00:00.000Z',
    is_current,
    overdue,
  });
  const told = (...feeds: Quality['feeds']) =>
    `${qualityReport({ system_id: 'city', name: null, operator: null, made_at: '2026-06-15T14:00:00.000Z', days: 30, feeds, not_judged_because: null, issues: [], truncated: false })}`;
  expect(told(feed('station_status', true))).toContain('<p>Nothing is flagged.</p>');
  const partly = told(feed('station_information', true), feed('station_status', false));
  expect(partly).toContain('Of station_status it is not known');
  expect(partly).not.toContain('Nothing is flagged.');
  const late = told(feed('station_information', true), feed('station_status', true, true));
  expect(late).toMatch(/station_status \(<strong>late<\/strong>, last read/);
  expect(late).toContain(
    'Nothing is flagged. Late now, so that nobody knows what is published there: station_status.</p>',
  );
});
