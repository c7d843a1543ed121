/** What of Grafana's state a query's text depends on. */
export type QueryContext = {
  from: Date;
  to: Date;
  /** The width of a point on screen. */
  intervalMs: number;
  /** Values of variables: one, or several (a list, also an empty one) of a variable that allows it. */
  variables: Record<string, string | string[]>;
};

/**
 * The SQL that PostgreSQL gets for a panel's `rawSql`. First the browser replaces variables, then the server macros: a port of
 * Grafana 12's templateSrv formats and of pkg/tsdb/grafana-postgresql-datasource/macros.go, as far as dashboards here may go.
 * @throws Error where Grafana would show one: an unknown macro, a macro without its arguments, a variable without a value
 */
export function expandSql(rawSql: string, context: QueryContext): string {
  return expandMacros(expandVariables(rawSql, context, 'sql'), context);
}

/** The PromQL that Prometheus gets. */
export function expandPromql(expr: string, context: QueryContext): string {
  const rangeSeconds = Math.round((context.to.getTime() - context.from.getTime()) / 1000);
  const scrapeSeconds = 15;
  const rateSeconds = Math.max(context.intervalMs / 1000 + scrapeSeconds, 4 * scrapeSeconds);
  const builtIn = expr
    .replaceAll('$__rate_interval', `${Math.round(rateSeconds)}s`)
    .replaceAll('$__range', `${rangeSeconds}s`);
  return expandVariables(builtIn, context, 'regex');
}

const VARIABLE = /\$(\w+)|\$\{(\w+)(?::(\w+))?\}/g;
const BUILT_IN = /^__(timeFilter|timeFrom|timeTo|timeGroup|timeGroupAlias|time|timeEpoch|unixEpoch\w+)$/;

function expandVariables(text: string, context: QueryContext, plain: 'sql' | 'regex'): string {
  const known: QueryContext['variables'] = {
    ...context.variables,
    __interval_ms: `${context.intervalMs}`,
    __interval: intervalText(context.intervalMs),
  };
  return text.replace(VARIABLE, (match, bare?: string, braced?: string, format?: string) => {
    const name = bare ?? braced ?? '';
    if (BUILT_IN.test(name)) return match;
    const value = known[name];
    if (value === undefined) throw new Error(`No variable ${name} for "${text}"`);
    return formatted(value, format ?? (name.startsWith('__') ? 'raw' : plain));
  });
}

/** The formats of Grafana that are used; `sql` and `regex` are what its data sources do without one. */
function formatted(value: string | string[], format: string): string {
  const values = Array.isArray(value) ? value : [value];
  const quoted = values.map((one) => `'${one.replaceAll("'", "''")}'`);
  switch (format) {
    case 'sqlstring':
      return quoted.join(',');
    case 'sql':
      // Only variables with several values are quoted.
      return Array.isArray(value) ? quoted.join(',') : value.replaceAll("'", "''");
    case 'regex': {
      const escaped = values.map((one) => one.replace(/[\\^$*+?.()|[\]{}/]/g, String.raw`\\$&`));
      return escaped.length === 1 ? (escaped[0] ?? '') : `(${escaped.join('|')})`;
    }
    case 'raw':
      return values.join(',');
    case 'percentencode':
      return encodeURIComponent(values.join(','));
    default:
      throw new Error(`The format ${format} is not ported`);
  }
}

/** As `kbn.roundInterval` names it. */
function intervalText(ms: number): string {
  for (const [unit, size] of [
    ['d', 86_400_000],
    ['h', 3_600_000],
    ['m', 60_000],
    ['s', 1000],
  ] as const) {
    if (ms >= size && ms % size === 0) return `${ms / size}${unit}`;
  }
  return `${ms}ms`;
}

// Arguments end at the first ")": no calls within a macro.
const MACRO = /\$([_a-zA-Z0-9]+)\(([^)]*)\)/g;

function expandMacros(sql: string, context: QueryContext): string {
  return sql.replace(MACRO, (match, name: string, list: string, offset: number) => {
    const args = list.split(',').map((arg) => arg.trim());
    const followed = sql[offset + match.length] === ',';
    return macro(name === '__timeGroup' && followed ? '__timeGroupAlias' : name, args, context);
  });
}

function macro(name: string, [column = '', interval]: string[], { from, to }: QueryContext): string {
  const needed = (value: string | undefined) => {
    if (!value) throw new Error(`The macro ${name} lacks an argument`);
    return value;
  };
  switch (name) {
    case '__timeFrom':
      return `'${from.toISOString()}'`;
    case '__timeTo':
      return `'${to.toISOString()}'`;
    case '__timeFilter':
      return `${needed(column)} BETWEEN '${from.toISOString()}' AND '${to.toISOString()}'`;
    case '__time':
      return `${needed(column)} AS "time"`;
    case '__timeGroup': {
      const seconds = secondsOf(needed(interval).replaceAll("'", ''));
      return `floor(extract(epoch from ${needed(column)})/${seconds})*${seconds}`;
    }
    case '__timeGroupAlias':
      return `${macro('__timeGroup', [column, interval ?? ''], { from, to } as QueryContext)} AS "time"`;
    default:
      throw new Error(`unknown macro "${name}"`);
  }
}

function secondsOf(interval: string): number {
  const [, amount, unit] = /^(\d+)(ms|s|m|h|d|w)$/.exec(interval) ?? [];
  const sizes = { ms: 0.001, s: 1, m: 60, h: 3600, d: 86_400, w: 604_800 };
  if (!unit) throw new Error(`error parsing interval ${interval}`);
  return Number(amount) * sizes[unit as keyof typeof sizes];
}
