import { type FragmentSqlToken, sql } from 'slonik';

/**
 * The one rule by which a flag counts time: seconds of `within` in which one feed of the first group, and one of each
 * further group, was observed. Unobserved time never counts, however the feed looked before and after it.
 * @param groups of feed keys, each an SQL array
 * @param within SQL of a tstzrange
 */
export function observedSeconds(groups: FragmentSqlToken[], within: FragmentSqlToken): FragmentSqlToken {
  const observed = groups.map(
    (feed_keys) => sql.fragment`
      coalesce((
        select range_agg(tstzrange(span.from_at, span.to_at)) from velolog.coverage as span
        where span.feed_key = any(${feed_keys}) and span.outcome = 'observed'
          and span.to_at > lower(${within}) and span.from_at < upper(${within})
      ), '{}')`,
  );
  return sql.fragment`
    coalesce((
      select sum(extract(epoch from upper(part) - lower(part)))
      from unnest(tstzmultirange(${within}) * ${sql.join(observed, sql.fragment` * `)}) as part
    ), 0)::double precision`;
}
