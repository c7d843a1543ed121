import pg from 'pg';

/** A column as Grafana's data frames have it. */
export type Field = { name: string; type: 'number' | 'string' | 'time' | 'boolean' };

export type Result = { fields: Field[]; rows: unknown[][] };

const TYPES: Record<number, Field['type']> = {
  16: 'boolean',
  20: 'number', // bigint
  21: 'number', // smallint
  23: 'number', // integer
  25: 'string', // text
  700: 'number', // real
  701: 'number', // double precision
  1043: 'string', // varchar
  1082: 'time', // date
  1114: 'time', // timestamp
  1184: 'time', // timestamptz
  1700: 'number', // numeric
};

/** @throws Error for a column of a type that Grafana shows as text or not at all */
export async function runQuery(client: pg.Client, sql: string): Promise<Result> {
  const { fields, rows } = await client.query({ text: sql, rowMode: 'array' });
  return {
    fields: fields.map(({ name, dataTypeID }) => {
      const type = TYPES[dataTypeID];
      if (!type) throw new Error(`Column ${name} has the type ${dataTypeID}, which no panel can use`);
      return { name, type };
    }),
    rows,
  };
}

export async function connect(url: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: url, types: { getTypeParser: parserOf } });
  await client.connect();
  return client;
}

/** Numbers as numbers, as in Grafana: also bigint and numeric. */
function parserOf(oid: number, format?: 'text' | 'binary') {
  if (oid === 20 || oid === 1700) return Number;
  return pg.types.getTypeParser(oid, format as 'text');
}
