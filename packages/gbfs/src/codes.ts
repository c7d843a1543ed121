/** Why a whole body is of no use. */
export const UNDECODABLE = {
  empty_body: 'The body is empty.',
  not_json: 'The body is not JSON, such as an error page.',
  not_a_feed: 'The body is JSON, but no object.',
  too_many_rows:
    'The body lists more rows than any system has; a part of a list would make the rest look gone.',
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
  no_version_list: 'The body has no list of versions.',
  no_system_information: 'The body says nothing of the system.',
} as const;
export type UndecodableReason = keyof typeof UNDECODABLE;

const IDS = {
  station_id: 'the id of a station',
  vehicle_id: 'the id of a vehicle',
  vehicle_type_id: 'the id of a vehicle type',
  alert_id: 'the id of an alert',
  region_id: 'the id of a region',
  plan_id: 'the id of a pricing plan',
} as const;
/** The fields that identify something in GBFS. */
export type IdField = keyof typeof IDS;

const TIMES = {
  last_updated: 'last_updated',
  last_reported: 'last_reported',
  start: 'the start of an alert',
  end: 'the end of an alert',
} as const;
export type TimeField = keyof typeof TIMES;

const NUMBERS = {
  range: 'a range',
  fuel: 'a charge or a tank',
  price: 'a price',
  speed: 'a speed',
  weight_or_size: 'a weight or size',
} as const;
export type NumberField = keyof typeof NUMBERS;

const WORDS = {
  form_factor: 'the form of a vehicle',
  propulsion_type: 'the propulsion of a vehicle',
  alert_type: 'the type of an alert',
} as const;
/** The fields whose values GBFS lists. */
export type WordField = keyof typeof WORDS;

/** Why a row was left out; the others of its body count. */
export const SKIPS = {
  duplicate: 'The row is listed twice: the last one counts.',
  not_an_object: 'The row is no object.',
  vehicle_place_missing: 'The vehicle has neither a place nor a station.',
  date_unreadable: 'The first or last day of a season cannot be read.',
  time_unreadable: 'The opening or closing time cannot be read.',
  version_missing: 'The version has no number.',
  name_missing: 'The listed feed has no name.',
  name_unusable: 'The name of the listed feed is none that GBFS or an extension could use.',
  gbfs_itself: 'The discovery file lists itself.',
  url_unusable: 'The URL is missing, or none that can be fetched.',
  ...ofEach(IDS, {
    missing: (id) => `The row lacks ${id}.`,
    unusable: (id) => `What the row gives as ${id} is too long, or holds what no database keeps.`,
  }),
} as const satisfies Record<string, string>;
export type SkipCode = keyof typeof SKIPS;

/** What was read though it is not as GBFS says, or is null because it cannot be true. */
export const REPAIRS = {
  body_not_utf8: 'The body is in another encoding than UTF-8.',
  too_many_vehicle_types:
    'A vehicle is of one more type than the 1,000 that a system may have: its type counts as not told.',
  no_counts: 'A station is listed without any count: its state is unknown.',
  count_text: 'A count is text.',
  count_out_of_range: 'A count is negative, or larger than any station: null.',
  count_unreadable: 'A count is no number: null.',
  flag_text: 'A flag is text.',
  flag_unreadable: 'A flag is neither true nor false: null.',
  text_number: 'A text is a number.',
  text_null: 'A text is the word "null": null.',
  text_cleaned: 'A text had control characters or half characters, which are left out.',
  text_cut: 'A text is too long and was cut.',
  text_unreadable: 'A text is none, in any language: null.',
  url_unusable: 'A URL is not http or https: null.',
  url_relative: 'A URL in the discovery file is relative to it.',
  url_upgraded_to_https: 'A URL says http where the discovery file came by https.',
  feed_name_suffix: 'The name of a feed ends in .json.',
  feed_of_other_language: 'A feed is listed under another language only.',
  timezone_respelled: 'A time zone is written otherwise than in the IANA list.',
  timezone_unknown: 'A time zone is none of the IANA list: null.',
  ttl_text: 'ttl is text.',
  ttl_unreadable: 'ttl is no number, or negative: the last one that made sense holds.',
  ttl_beyond_a_year: 'ttl is longer than a year: a year holds.',
  last_updated_misnamed: 'last_updated has another name.',
  fields_camel_case: 'The fields of a row are written in camelCase.',
  coordinates_text: 'A coordinate is text.',
  coordinates_unreadable: 'A coordinate is no number: the place is null.',
  coordinates_incomplete: 'A place has one coordinate only: null.',
  coordinates_zero: 'A place is 0, 0: null.',
  coordinates_out_of_range: 'A place is none on earth: null.',
  vehicle_type_misnamed: 'The type of a vehicle stands under another name.',
  vehicle_type_duplicate: 'A station counts a vehicle type twice: the last count holds.',
  vehicle_types_unreadable: 'A count by vehicle type cannot be read: it is left out.',
  vehicle_types_too_many: 'A station lists more vehicle types than any has: none of them counts.',
  vehicle_docks_unreadable: 'A count of docks by vehicle type cannot be read: it is left out.',
  fuel_of_100: 'The charges of a body are parts of 100, where GBFS wants parts of 1.',
  currency_unreadable: 'A currency is no code of ISO 4217: null.',
  times_unreadable: 'The times of an alert cannot be read: they are left out.',
  rule_unreadable: 'A rule of a zone cannot be read: it is left out.',
  geometry_missing: 'A zone has no geometry.',
  geometry_polygon: 'A zone is a Polygon, where GBFS wants a MultiPolygon.',
  geometry_unreadable: 'The geometry of a zone is none: null.',
  ring_unreadable: 'A ring of a zone cannot be drawn: it is left out.',
  ...ofEach(IDS, {
    number: (id) => `A number is ${id}.`,
    unusable: (id) =>
      `What a row refers to as ${id} is too long, or holds what no database keeps: it is left out.`,
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
    { unwrapped: (row) => `${row} stands one level deeper, under "data".` },
  ),
  ...ofEach(TIMES, {
    text: (time) => `As ${time}, seconds or a time stand as text.`,
    milliseconds: (time) => `As ${time}, milliseconds stand where seconds should.`,
    implausible: (time) => `As ${time}, a time stands that cannot be: null.`,
    unreadable: (time) => `As ${time}, something stands that is no time: null.`,
  }),
  ...ofEach(NUMBERS, {
    text: (number) => `As ${number}, text stands.`,
    out_of_range: (number) => `As ${number}, a number stands that cannot be: null.`,
    unreadable: (number) => `As ${number}, something stands that is no number: null.`,
  }),
  ...ofEach(WORDS, { unknown: (word) => `As ${word}, a word stands that GBFS does not list: "other".` }),
} as const satisfies Record<string, string>;
export type RepairCode = keyof typeof REPAIRS;

/** `<field>_<problem>` of all fields and problems, each with its sentence. */
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
