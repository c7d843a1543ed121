/** Why a client that follows events was cut off. */
export const DROPPED_CLIENTS = {
  slow: 'It read too slowly. It reconnects by itself and misses nothing.',
  refused: 'Too many clients follow events already (`LIVE_EVENT_CLIENTS_MAX`).',
} as const;
export type DroppedClientCode = keyof typeof DROPPED_CLIENTS;
