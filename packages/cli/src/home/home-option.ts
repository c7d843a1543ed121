import { findHome } from './home.ts';

/** What a command needs to find this home; nothing for the one that it takes by itself. */
export function homeOption(home: string): string {
  if (home === findHome(undefined).path) return '';
  return ` --home ${shellWord(home)}`;
}

/** Quotes text for a shell: in double quotes, `$` and backquotes would be replaced. */
export function shellWord(text: string): string {
  return /^[\w./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}
