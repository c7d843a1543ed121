/** The PostgreSQL notification channel on which the store names the systems of each commit. Programs that show live data listen to it. */
export const COMMITS_CHANNEL = 'velolog_commit';
