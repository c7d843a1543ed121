/**
 * The first key of PostgreSQL's advisory locks on the history of a system; the second is hashtext(system_id). Imports share it until the store
 * has stored what they sent.
 */
export const HISTORY_LOCK = 0x7e_10_10_6b;
