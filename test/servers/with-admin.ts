import type { Admin, Kafka } from '@velolog/stream/kafka/kafka-types';

/** Calls `work` with a connected admin client of Kafka, and disconnects it afterwards. */
export async function withAdmin<T>(kafka: Kafka, work: (admin: Admin) => Promise<T>): Promise<T> {
  const admin = kafka.admin();
  await admin.connect();
  try {
    return await work(admin);
  } finally {
    await admin.disconnect();
  }
}
