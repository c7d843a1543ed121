import { createRequire } from 'node:module';

/** The parts of kafkajs' encoder and decoder that we use; its types leave them out. */
export type RequestEncoder = {
  writeInt8(value: number): RequestEncoder;
  writeInt32(value: number): RequestEncoder;
  writeBoolean(value: boolean): RequestEncoder;
  writeString(value: string): RequestEncoder;
  writeUVarInt(value: number): RequestEncoder;
  writeUVarIntString(value: string): RequestEncoder;
  writeBuffer(value: Buffer): RequestEncoder;
};
export type ResponseDecoder = {
  readInt8(): number;
  readInt16(): number;
  readInt32(): number;
  readInt64(): { toString(): string };
  readString(): string;
  readUVarInt(): number;
  readUVarIntString(): string | null;
  readBytes(length: number): Buffer;
  forward(bytes: number): void;
};

/** One version of a request that kafkajs does not implement. */
export type KafkaRequest<T> = {
  apiKey: number;
  apiVersion: number;
  apiName: string;
  write: (encoder: RequestEncoder) => RequestEncoder;
  read: (decoder: ResponseDecoder) => T;
};

export type KafkaBroker = {
  versions: Record<number, { minVersion: number; maxVersion: number }> | null;
  connectionPool: { send(protocolRequest: object): Promise<unknown> };
  disconnect(): Promise<void>;
};

const load = createRequire(import.meta.url);

/** Whether the broker accepts this version of the request. */
export function takes(broker: KafkaBroker, { apiKey, apiVersion }: KafkaRequest<unknown>): boolean {
  const range = broker.versions?.[apiKey];
  return range !== undefined && range.minVersion <= apiVersion && apiVersion <= range.maxVersion;
}

/** Sends a request over a kafkajs connection, so kafkajs' login, timeouts and order apply. */
export async function sendRequest<T>(broker: KafkaBroker, request: KafkaRequest<T>): Promise<T> {
  const Encoder = load('kafkajs/src/protocol/encoder') as new () => RequestEncoder;
  const Decoder = load('kafkajs/src/protocol/decoder') as new (payload: Buffer) => ResponseDecoder;
  const { apiKey, apiVersion, apiName, write, read } = request;
  try {
    const answer = await broker.connectionPool.send({
      request: { apiKey, apiVersion, apiName, encode: async () => write(new Encoder()) },
      // kafkajs looks for a throttle time in the response, so it must be an object.
      response: {
        decode: async (payload: Buffer) => ({ value: read(new Decoder(payload)) }),
        parse: async (decoded: object) => decoded,
      },
      logResponseError: false,
    });
    return (answer as { value: T }).value;
  } catch (error) {
    // kafkajs does the same; the next request reconnects.
    if ((error as Error).name === 'KafkaJSConnectionClosedError') await broker.disconnect();
    throw error;
  }
}
