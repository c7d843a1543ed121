/** The channel of PostgreSQL on which the store names the systems of each commit, and whoever shows the present listens. */
export const COMMITS_CHANNEL = 'velolog_commit';
