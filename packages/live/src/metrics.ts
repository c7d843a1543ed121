import { Counter, Gauge, Histogram, type Registry } from 'prom-client';

/** All metrics of the live worker. */
export type LiveMetrics = ReturnType<typeof createLiveMetrics>;

export function createLiveMetrics(registry: Registry) {
  const registers = [registry];
  return {
    page_info: new Gauge({
      name: 'velolog_page_info',
      help: 'Always 1. The label url is the public URL of the page; absent while it is unknown (LIVE_URL)',
      labelNames: ['url'],
      registers,
    }),
    request_seconds: new Histogram({
      name: 'velolog_live_request_seconds',
      help: 'Time until a request was answered, by route and status, without event streams',
      labelNames: ['route', 'status'],
      buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10],
      registers,
    }),
    event_clients: new Gauge({
      name: 'velolog_live_event_clients',
      help: 'Clients that follow events now',
      registers,
    }),
    clients_dropped_total: new Counter({
      name: 'velolog_live_clients_dropped_total',
      help: 'Event clients that were cut off, by reason: slow (it resumes by itself) or refused (too many at once)',
      labelNames: ['reason'],
      registers,
    }),
    wakeups_total: new Counter({
      name: 'velolog_live_wakeups_total',
      help: 'Reasons to check a followed system for changes: notify, poll (in case a notification was lost) or client (one connected)',
      labelNames: ['by'],
      registers,
    }),
    queries_total: new Counter({
      name: 'velolog_live_event_queries_total',
      help: 'Event queries: news of a system (one serves all its clients), or what a returning client had missed',
      labelNames: ['for'],
      registers,
    }),
    events_total: new Counter({
      name: 'velolog_live_events_total',
      help: 'Events written, over all clients',
      registers,
    }),
  };
}
