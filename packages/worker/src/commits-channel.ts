/** The channel of PostgreSQL on which the store names the systems of each commit. Programs that show the present listen to it. */
export const COMMITS_CHANNEL = 'velolog_commit';
