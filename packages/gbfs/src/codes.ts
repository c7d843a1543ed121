/** Why a whole body cannot be used. */
export const UNDECODABLE = {
  empty_body: 'The body is empty.',
  not_json: 'The body is not JSON; often it is an error page.',
  not_a_feed: 'The body is JSON, but not an object.',
  too_many_rows:
    'The body lists more rows than any real system has. It is refused as a whole, because with a part of the list the rest would look gone.',
  no_station_list: 'The body has no list of stations.',
  no_vehicle_list: 'The body has no list of vehicles.',
  no_vehicle_type_list: 'The body has no list of vehicle types.',
  no_alert_list: 'The body has no list of alerts.',
  no_region_list: 'The body has no list of regions.',
  no_plan_list: 'The body has no list of pricing plans.',
  no_zone_list: 'The body has no collection of geofencing zones.',
  no_hours_list: 'The body has no list of opening hours.',
  no_calendar_list: 'The body has no list of seasons.',
  no_feed_list: 'The discovery file has no list of feeds.',
  no_version_list: 'The body has no list of GBFS versions.',
  no_system_information: 'The body says nothing about the system.',
} as const;
export type UndecodableReason = keyof typeof UNDECODABLE;

const IDS = {
  station_id: 'station_id',
  vehicle_id: 'vehicle_id (or bike_id)',
  vehicle_type_id: 'vehicle_type_id',
  alert_id: 'alert_id',
  region_id: 'region_id',
  plan_id: 'plan_id',
} as const;
/** The fields that identify something in GBFS. */
export type IdField = keyof typeof IDS;

const TIMES = {
  last_updated: 'last_updated',
  last_reported: 'last_reported',
  start: 'The start of an alert',
  end: 'The end of an alert',
} as const;
export type TimeField = keyof typeof TIMES;

const NUMBERS = {
  range: 'The range of a vehicle',
  fuel: 'The charge or fuel level of a vehicle',
  price: 'A price',
  speed: 'A speed',
  weight_or_size: 'A weight or size',
} as const;
export type NumberField = keyof typeof NUMBERS;

const WORDS = {
  form_factor: 'form_factor',
  propulsion_type: 'propulsion_type',
  alert_type: 'The type of an alert',
} as const;
/** The fields whose values GBFS lists. */
export type WordField = keyof typeof WORDS;

/** Why a row was left out. The other rows of its body still count. */
export const SKIPS = {
  duplicate: 'The body lists the same id twice. The last row counts.',
  not_an_object: 'The row is not an object.',
  vehicle_place_missing: 'The vehicle has neither coordinates nor a station.',
  date_unreadable: 'The first or last day of a season cannot be read.',
  time_unreadable: 'An opening or closing time cannot be read.',
  version_missing: 'The listed version has no number.',
  name_missing: 'The listed feed has no name.',
  name_unusable: 'The listed feed has a name that neither GBFS nor an extension could use.',
  gbfs_itself: 'The discovery file lists itself.',
  url_unusable: 'The URL is missing or cannot be fetched.',
  ...ofEach(IDS, {
    missing: (id) => `The row has no ${id}.`,
    unusable: (id) => `The ${id} of the row is too long, or has characters that PostgreSQL cannot store.`,
  }),
} as const satisfies Record<string, string>;
export type SkipCode = keyof typeof SKIPS;

/** Values that were read although they do not follow GBFS, and values set to null because they cannot be true. */
export const REPAIRS = {
  body_not_utf8:
    'The body is not encoded as UTF-8. It was decoded as its charset says, else as windows-1252.',
  too_many_vehicle_types:
    'The vehicle has a new vehicle type, but the system has 1,000 of them already, which is the limit. Its type is null.',
  no_counts: 'A station has no count of bikes and none of docks. Its state is unknown.',
  count_text: 'A count is written as text.',
  count_out_of_range: 'A count is negative, or larger than any station could have. It is null.',
  count_unreadable: 'A count is not a number. It is null.',
  flag_text: 'A flag is written as text.',
  flag_unreadable: 'A flag is neither true nor false. It is null.',
  text_number: 'A number stands where GBFS wants text.',
  text_null: 'A text is the word "null". It is null.',
  text_cleaned: 'A text has control characters or broken characters. They are removed.',
  text_cut: 'A text is too long. It is cut.',
  text_unreadable: 'A text cannot be read in any language. It is null.',
  url_unusable: 'A URL is neither http nor https. It is null.',
  url_relative: 'A URL in the discovery file is relative. It is resolved against the URL of that file.',
  url_upgraded_to_https: 'A URL says http although the discovery file came over https. https is used.',
  feed_name_suffix: 'The name of a feed ends in ".json". The ending is ignored.',
  feed_of_other_language: 'A feed is listed in another language only. That one is used.',
  timezone_respelled: 'A time zone is not spelled as in the IANA list. The IANA name is stored.',
  timezone_unknown: 'A time zone is not in the IANA list. It is null.',
  ttl_text: 'ttl is written as text.',
  ttl_unreadable: 'ttl is negative or not a number. The last usable ttl of the feed counts.',
  ttl_beyond_a_year: 'ttl is longer than a year. A year counts.',
  last_updated_misnamed: 'last_updated has another name.',
  fields_camel_case: 'The fields of a row are written in camelCase.',
  coordinates_text: 'A coordinate is written as text.',
  coordinates_unreadable: 'A coordinate is not a number. Both are null.',
  coordinates_incomplete: 'Only one of two coordinates is given. Both are null.',
  coordinates_zero: 'The coordinates are 0, 0. Both are null.',
  coordinates_out_of_range: 'The coordinates are not on earth. Both are null.',
  vehicle_type_misnamed: 'The field for the vehicle type has another name.',
  vehicle_type_duplicate: 'A station counts a vehicle type twice. The last count is used.',
  vehicle_types_unreadable: 'A count by vehicle type cannot be read. It is left out.',
  vehicle_types_too_many: 'A station lists more vehicle types than any real station. All are left out.',
  vehicle_docks_unreadable: 'A count of docks by vehicle type cannot be read. It is left out.',
  fuel_of_100:
    'Charge levels are percentages from 0 to 100. They are divided by 100, because GBFS wants 0 to 1.',
  currency_unreadable: 'A currency is not a code of ISO 4217. It is null.',
  times_unreadable: 'The times of an alert cannot be read. They are left out.',
  rule_unreadable: 'A rule of a geofencing zone cannot be read. It is left out.',
  geometry_missing: 'A geofencing zone has no geometry.',
  geometry_polygon: 'A geofencing zone is a Polygon. GBFS wants a MultiPolygon.',
  geometry_unreadable: 'The geometry of a geofencing zone cannot be read. It is null.',
  ring_unreadable: 'A ring of a geofencing zone cannot be drawn. It is left out.',
  ...ofEach(IDS, {
    number: (id) => `${id} is a number. It is stored as text.`,
    unusable: (id) =>
      `A reference by ${id} is too long, or has characters that PostgreSQL cannot store. It is left out.`,
  }),
  ...ofEach(
    {
      station: 'A station',
      vehicle: 'A vehicle',
      vehicle_type: 'A vehicle type',
      alert: 'An alert',
      region: 'A region',
      plan: 'A pricing plan',
    },
    { unwrapped: (row) => `${row} is wrapped in an object "data". It is unwrapped.` },
  ),
  ...ofEach(TIMES, {
    text: (time) => `${time} is text: seconds, or a time without its zone.`,
    milliseconds: (time) => `${time} is in milliseconds. GBFS wants seconds.`,
    implausible: (time) => `${time} is a time that cannot be right. It is null.`,
    unreadable: (time) => `${time} is not a time. It is null.`,
  }),
  ...ofEach(NUMBERS, {
    text: (number) => `${number} is written as text.`,
    out_of_range: (number) => `${number} is a number that cannot be right. It is null.`,
    unreadable: (number) => `${number} is not a number. It is null.`,
  }),
  ...ofEach(WORDS, {
    unknown: (word) => `${word} is not one of the values that GBFS lists. It is stored as "other".`,
  }),
} as const satisfies Record<string, string>;
export type RepairCode = keyof typeof REPAIRS;

/** Makes `<field>_<problem>` for every field and problem, each with its sentence. */
function ofEach<Field extends string, Problem extends string>(
  fields: Record<Field, string>,
  problems: Record<Problem, (field: string) => string>,
): Record<`${Field}_${Problem}`, string> {
  const codes: Record<string, string> = {};
  for (const field of Object.keys(fields) as Field[]) {
    for (const problem of Object.keys(problems) as Problem[]) {
      codes[`${field}_${problem}`] = problems[problem](fields[field]);
    }
  }
  return codes as Record<`${Field}_${Problem}`, string>;
}
