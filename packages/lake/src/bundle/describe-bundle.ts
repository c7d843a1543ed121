import { LAKE_TABLES, type LakeColumn, type LakeTable } from '../lake-tables.ts';
import type { WrittenLake } from '../write-lake.ts';
import type { LeftOut, LicensedSystem } from './exported-system.ts';

type Described = {
  systems: LicensedSystem[];
  leftOut: LeftOut[];
  lake: WrittenLake;
  fromDay: string | null;
  toDay: string | null;
};

/**
 * The descriptive files of a bundle, by name. They contain no time of writing: the same history gives the same bundle.
 */
export function describeBundle(bundle: Described): Record<string, string> {
  return {
    'README.md': readme(bundle),
    'LICENSES.md': licences(bundle),
    'datapackage.json': `${JSON.stringify(dataPackage(bundle), null, 2)}\n`,
  };
}

function readme(bundle: Described): string {
  const { systems, lake, fromDay, toDay } = bundle;
  const time =
    fromDay === null && toDay === null
      ? 'all that was recorded'
      : `${fromDay ?? 'the beginning'} to ${toDay ?? 'the end'} (days in UTC, both included)`;
  const parts = [
    '# Bike-share history, recorded from public GBFS feeds',
    `${systems.length} ${systems.length === 1 ? 'system' : 'systems'}: ${systems.map(({ system_id, name }) => (name === null ? system_id : `${oneLine(name)} (${system_id})`)).join(', ')}. Time: ${time}. Licences and attribution: [LICENSES.md](LICENSES.md). Check the files with \`sha256sum -c SHA256SUMS\`.`,
    'Written by Velolog, which stores a row when a value changes and none while it stays the same. **Null means that the feed did not say it, never 0.** All times are UTC. Where nobody looked, nothing is known: `coverage` and `station_absence` say when that was.',
    `\`\`\`sql\n-- DuckDB: the bikes of each station in the last hour of a day\nselect * from read_parquet('station_hour/**/*.parquet', hive_partitioning = true, hive_types = {system_id: varchar, month: varchar})\nwhere hour_at = timestamptz '2026-11-23 17:00+00';\n\`\`\`\n\n\`\`\`python\nimport pandas as pd\nstatus = pd.read_parquet("station_status")   # system_id and month come from the folders\n\`\`\``,
    'With Velolog itself: `LAKE_DIR=<this folder> velolog lake sql "select * from station_change limit 10"`.',
    ...(lake.incomplete.length === 0
      ? []
      : [
          `**Not whole**: of these months rows had been dropped from the database before: ${lake.incomplete.map(({ system_id, month }) => `${system_id} ${month}`).join(', ')}.`,
        ]),
    ...(fromDay === null
      ? []
      : [
          'The first month of `station_status` also holds the last row of each station from before the first day, because it says what held then; `coverage` and `station_absence` reach back to the beginning.',
        ]),
    ...LAKE_TABLES.map((table) => describeTable(table)),
  ];
  return `${parts.join('\n\n')}\n`;
}

function describeTable(table: LakeTable): string {
  const path =
    table.monthOf === null ? `${table.name}/*.parquet` : `${table.name}/system_id=…/month=YYYY-MM/*.parquet`;
  const fromPath: LakeColumn[] =
    table.monthOf === null
      ? []
      : [
          {
            name: 'system_id',
            type: 'VARCHAR',
            postgres: '',
            meaning: 'The system. In the name of the folder only.',
          },
          {
            name: 'month',
            type: 'VARCHAR',
            postgres: '',
            meaning: `The month of ${table.monthOf}, in UTC. In the name of the folder only.`,
          },
        ];
  const rows = [...fromPath, ...table.columns].map(
    ({ name, type, unit, meaning, nulls }) =>
      `| \`${name}\` | ${TYPES[type][0]} | ${unit ?? ''} | ${meaning} | ${nulls ?? 'never null'} |`,
  );
  return [
    `## ${table.name}`,
    `${table.meaning} Grain: ${table.grain}. Files: \`${path}\`, sorted by ${table.sortedBy.join(', ')}.`,
    `| column | type | unit | meaning | null means |\n|---|---|---|---|---|\n${rows.join('\n')}`,
  ].join('\n\n');
}

const TYPES = {
  VARCHAR: ['text', 'string'],
  TIMESTAMPTZ: ['timestamp with time zone', 'datetime'],
  INTEGER: ['integer', 'integer'],
  DOUBLE: ['double', 'number'],
  BOOLEAN: ['boolean', 'boolean'],
} as const satisfies Record<LakeColumn['type'], readonly [string, string]>;

function licences({ systems, leftOut }: Described): string {
  const lines = systems.map(
    (system) =>
      `| ${system.system_id} | ${cell(system.name)} | ${cell(system.operator)} | ${cell(system.licence.title)} | ${cell(system.license_url)} | ${cell(attributionOf(system))} |`,
  );
  const out = leftOut.map(
    ({ system_id, reason, license_url }) =>
      `- ${system_id}: ${reason === 'licence_forbids' ? 'its licence forbids it' : 'its licence is not known'}${license_url === null ? '' : ` (${license_url})`}`,
  );
  const parts = [
    '# Licences and attribution',
    'Each system has its own licence. Keep this file beside the data, and name the source where you show it.',
    `| system | name | operator | licence | its text | attribution |\n|---|---|---|---|---|---|\n${lines.join('\n')}`,
    ...(out.length === 0 ? [] : [`Left out:\n\n${out.join('\n')}`]),
  ];
  return `${parts.join('\n\n')}\n`;
}

/** The feeds do not prescribe a wording, so this names the operator of the system and its licence. */
function attributionOf({ operator, name, system_id, url, licence }: LicensedSystem): string {
  if (licence.sharing !== 'allowed') return 'no permission to pass it on is known';
  if (!licence.attribution) return 'not needed';
  return `Data: ${oneLine(operator ?? name ?? system_id)}${url === null ? '' : ` (${url})`}, ${licence.title}`;
}

/** In the format of https://datapackage.org. */
function dataPackage({ systems, lake }: Described): object {
  const licencesUsed = new Map(
    systems
      .filter(({ license_url }) => license_url !== null)
      .map(({ licence, license_url }) => [
        license_url,
        { ...(licence.id !== null && { name: licence.id }), path: license_url, title: licence.title },
      ]),
  );
  return {
    profile: 'data-package',
    name: 'bike-share-history',
    title: 'Bike-share history, recorded from public GBFS feeds',
    ...(licencesUsed.size > 0 && { licenses: [...licencesUsed.values()] }),
    sources: systems.map((system) => ({
      title: system.name ?? system.system_id,
      ...(system.url !== null && { path: system.url }),
    })),
    resources: LAKE_TABLES.flatMap((table) => {
      const slices = (lake.manifests[table.name] ?? []).filter(({ file }) => file !== null);
      if (slices.length === 0) return [];
      return [
        {
          name: table.name.replaceAll('_', '-'),
          description: `${table.meaning} Grain: ${table.grain}.`,
          path: slices.map(({ file }) => file),
          format: 'parquet',
          mediatype: 'application/vnd.apache.parquet',
          schema: { fields: table.columns.map(describeField), missingValues: [''] },
        },
      ];
    }),
  };
}

function describeField({ name, type, unit, meaning, nulls }: LakeColumn): object {
  return {
    name,
    type: TYPES[type][1],
    description: nulls === undefined ? meaning : `${meaning} Null: ${nulls}.`,
    ...(unit !== undefined && { unit }),
    ...(nulls === undefined && { constraints: { required: true } }),
  };
}

/** Text of a feed for a table cell. */
function cell(text: string | null): string {
  return text === null ? '' : oneLine(text).replaceAll('|', '\\|');
}

function oneLine(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  return text.replaceAll(/[\u0000-\u001f\u007f-\u009f\u2028-\u202e\u2066-\u2069]+/g, ' ');
}
