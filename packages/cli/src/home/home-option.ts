import { findHome } from './home.ts';

/** What a command needs to find this home; nothing for the one that it takes by itself. */
export function homeOption(home: string): string {
  if (home === findHome(undefined).path) return '';
  return ` --home ${shellWord(home)}`;
}

/** The commands that start what runs on this home, for a message. Those of npm take the usual home only. */
export function waysToStart(home: string): string {
  const option = homeOption(home);
  return option === '' ? '`npm run demo`, `npm start` or `npx velolog up`' : `\`npx velolog up${option}\``;
}

/** Quotes text for a shell: in double quotes, `$` and backquotes would be replaced. */
export function shellWord(text: string): string {
  return /^[\w./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}
