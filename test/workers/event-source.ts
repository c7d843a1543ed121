import { type ClientRequest, get, type IncomingMessage } from 'node:http';

export type ReceivedEvent = { event: string; id: string; data: Record<string, unknown> };

/**
 * A connection that follows events, for tests: like a browser's, but it records what arrives and does not reconnect by
 * itself.
 */
export type EventSource = {
  status: number;
  headers: IncomingMessage['headers'];
  events: ReceivedEvent[];
  /** The next matching event that `next` has not returned yet. */
  next(fits?: (event: ReceivedEvent) => boolean): Promise<ReceivedEvent>;
  /** The whole body, if the answer is not a stream. */
  body: Promise<string>;
  ended: Promise<void>;
  /** Stops and resumes reading. */
  pause(): void;
  resume(): void;
  close(): void;
};

export async function openEvents(url: string, lastEventId?: string): Promise<EventSource> {
  const { promise: answered, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  const headers = lastEventId === undefined ? {} : { 'last-event-id': lastEventId };
  const request: ClientRequest = get(url, { headers, agent: false }, resolve);
  request.on('error', reject);
  const response = await answered;
  const events: ReceivedEvent[] = [];
  let given = 0;
  let tell = Promise.withResolvers<void>();
  const ended = Promise.withResolvers<void>();
  const body = Promise.withResolvers<string>();
  let text = '';
  let all = '';
  response.setEncoding('utf8');
  response.on('data', (part: string) => {
    if (response.statusCode !== 200) all += part;
    const blocks = (text + part).split('\n\n');
    text = blocks.pop() ?? '';
    for (const block of blocks) {
      const event = parse(block);
      if (event !== null) events.push(event);
    }
    tell.resolve();
    tell = Promise.withResolvers<void>();
  });
  const end = () => {
    ended.resolve();
    body.resolve(all);
    tell.resolve();
  };
  response.on('close', end).on('error', end);
  return {
    status: response.statusCode ?? 0,
    headers: response.headers,
    events,
    next: async (fits = () => true) => {
      for (;;) {
        while (given < events.length) {
          const event = events[given++] as ReceivedEvent;
          if (fits(event)) return event;
        }
        if (response.destroyed || response.complete) throw new Error('The stream ended before such an event');
        await tell.promise;
      }
    },
    body: body.promise,
    ended: ended.promise,
    pause: () => response.pause(),
    resume: () => response.resume(),
    close: () => request.destroy(),
  };
}

export const isStations = ({ event }: ReceivedEvent): boolean => event === 'stations';

function parse(block: string): ReceivedEvent | null {
  const fields = new Map<string, string>();
  for (const line of block.split('\n')) {
    const colon = line.indexOf(': ');
    if (colon > 0) fields.set(line.slice(0, colon), line.slice(colon + 2));
  }
  const data = fields.get('data');
  if (data === undefined) return null;
  return { event: fields.get('event') ?? 'message', id: fields.get('id') ?? '', data: JSON.parse(data) };
}
