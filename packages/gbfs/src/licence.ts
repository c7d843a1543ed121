/** What the licence of a system's data says about giving copies to others. */
export type Licence = {
  /** SPDX identifier, or our own short name when there is none. Null when the licence is not known. */
  id: string | null;
  title: string;
  /** Whether copies may be given to others. `unknown` when nothing says so. */
  sharing: 'allowed' | 'forbidden' | 'unknown';
  /** Whether people who pass it on must name the source. */
  attribution: boolean;
};

type Rule = Omit<Licence, 'sharing'> & { page: RegExp };

/** Licences by the page that system_information names (`license_url`). A feed with an SPDX id has its page at spdx.org there. */
const OPEN: Rule[] = [
  {
    id: 'CC0-1.0',
    title: 'Creative Commons Zero 1.0',
    attribution: false,
    page: /creativecommons\.org\/publicdomain\/zero\/|spdx\.org\/licenses\/CC0-1\.0/i,
  },
  {
    id: 'PDDL-1.0',
    title: 'Open Data Commons Public Domain Dedication 1.0',
    attribution: false,
    page: /opendatacommons\.org\/licenses\/pddl|spdx\.org\/licenses\/PDDL-1\.0/i,
  },
  {
    id: 'CC-BY-SA',
    title: 'Creative Commons Attribution-ShareAlike',
    attribution: true,
    page: /creativecommons\.org\/licenses\/by-sa\/|spdx\.org\/licenses\/CC-BY-SA-\d/i,
  },
  {
    id: 'CC-BY',
    title: 'Creative Commons Attribution',
    attribution: true,
    page: /creativecommons\.org\/licenses\/by\/|spdx\.org\/licenses\/CC-BY-\d/i,
  },
  {
    id: 'ODbL-1.0',
    title: 'Open Database License 1.0',
    attribution: true,
    page: /opendatacommons\.org\/licenses\/odbl|spdx\.org\/licenses\/ODbL-1\.0/i,
  },
  {
    id: 'ODC-By-1.0',
    title: 'Open Data Commons Attribution License 1.0',
    attribution: true,
    page: /opendatacommons\.org\/licenses\/by|spdx\.org\/licenses\/ODC-By-1\.0/i,
  },
  {
    id: 'NLOD',
    title: 'Norwegian Licence for Open Government Data',
    attribution: true,
    page: /data\.norge\.no\/nlod|spdx\.org\/licenses\/NLOD-\d/i,
  },
  {
    id: 'OGL-UK-3.0',
    title: 'Open Government Licence (United Kingdom)',
    attribution: true,
    page: /nationalarchives\.gov\.uk\/doc\/open-government-licence|spdx\.org\/licenses\/OGL-UK-\d/i,
  },
  {
    id: 'OGL-Canada-2.0',
    title: 'Open Government Licence (Canada)',
    attribution: true,
    page: /open\.canada\.ca\/.*open-government-licence|spdx\.org\/licenses\/OGL-Canada-2\.0/i,
  },
  {
    id: 'etalab-2.0',
    title: 'Licence Ouverte / Open Licence',
    attribution: true,
    page: /etalab\.gouv\.fr\/licence-ouverte|data\.gouv\.fr\/.*licences|spdx\.org\/licenses\/etalab-2\.0/i,
  },
  {
    id: 'DL-DE-BY-2.0',
    title: 'Datenlizenz Deutschland, attribution',
    attribution: true,
    page: /govdata\.de\/dl-de\/by-|spdx\.org\/licenses\/DL-DE-BY-2\.0/i,
  },
  {
    id: 'DL-DE-ZERO-2.0',
    title: 'Datenlizenz Deutschland, zero',
    attribution: false,
    page: /govdata\.de\/dl-de\/zero-|spdx\.org\/licenses\/DL-DE-ZERO-2\.0/i,
  },
];

/** Terms that allow people to use the data but not to hand on copies, or that forbid a use that the receiver of a copy may have in mind. */
const CLOSED: Rule[] = [
  {
    id: 'bikeshare-data-license',
    title: 'Bikeshare data license agreement (Lyft): no copies of the data by itself',
    attribution: false,
    page: /(citibikenyc|capitalbikeshare|divvybikes|bluebikes|baywheels|lyft|biketownpdx|cogobikeshare|columbus|bikesharetoronto\.com\/system-data)[^/]*\/.*(data-license|data-sharing|data-agreement|system-data)/i,
  },
  {
    id: 'CC-BY-ND',
    title: 'Creative Commons Attribution-NoDerivatives: no changed copies',
    attribution: true,
    page: /creativecommons\.org\/licenses\/by(-nc)?-nd\/|spdx\.org\/licenses\/CC-BY(-NC)?-ND-\d/i,
  },
  {
    id: 'CC-BY-NC',
    title: 'Creative Commons NonCommercial: not for every use',
    attribution: true,
    page: /creativecommons\.org\/licenses\/by-nc(-sa)?\/|spdx\.org\/licenses\/CC-BY-NC(-SA)?-\d/i,
  },
];

/** An unknown licence allows nothing. */
export function licenceOf(license_url: string | null): Licence {
  const match = (rules: Rule[]) => rules.find(({ page }) => license_url !== null && page.test(license_url));
  const closed = match(CLOSED);
  if (closed !== undefined) return { ...said(closed), sharing: 'forbidden' };
  const open = match(OPEN);
  if (open !== undefined) return { ...said(open), sharing: 'allowed' };
  const title = license_url === null ? 'The system names no licence' : `Not known to Velolog: ${license_url}`;
  return { id: null, title, sharing: 'unknown', attribution: true };
}

function said({ id, title, attribution }: Rule): Omit<Licence, 'sharing'> {
  return { id, title, attribution };
}
