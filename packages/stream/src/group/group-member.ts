import kafkajs from 'kafkajs';
import type { Consumer, Kafka } from '../kafka/kafka-types.ts';
import { runAlways } from '../kafka/run-always.ts';
import { shareOut } from './share-out.ts';

const { AssignerProtocol } = kafkajs;

export type Assignment = { partitions: number[]; memberId: string; isAlone: boolean };

export type GroupMemberOptions = {
  topic: string;
  groupId: string;
  /** A member that sends no heartbeat for this long loses its partitions. */
  sessionMs: number;
  /** The partitions held now: a new assignment takes away as few as possible. */
  held: () => readonly number[];
  onAssigned: (assignment: Assignment) => void;
  /** Called when the group has answered: the partitions are ours for another session. */
  onContact: () => void;
  /** Called when this member has dropped out of the group against its will, for now. */
  onLost: () => void;
};

/** Creates a consumer that joins a group only to be assigned partitions; it ignores their records. */
export function createMember(kafka: Kafka, options: GroupMemberOptions): Consumer {
  const { topic, groupId, sessionMs, held } = options;
  let members = 0;
  const consumer = kafka.consumer({
    groupId,
    sessionTimeout: sessionMs,
    rebalanceTimeout: sessionMs,
    heartbeatInterval: Math.floor(sessionMs / 6),
    maxWaitTimeInMs: Math.min(1000, Math.floor(sessionMs / 10)),
    allowAutoTopicCreation: false,
    partitionAssigners: [
      ({ cluster }) => ({
        name: 'velolog-ingest',
        version: 1,
        protocol: ({ topics }) => ({
          name: 'velolog-ingest',
          metadata: AssignerProtocol.MemberMetadata.encode({
            version: 1,
            topics,
            userData: Buffer.from(JSON.stringify(held())),
          }),
        }),
        assign: async ({ members: present }) => {
          members = present.length;
          const partitions = cluster
            .findTopicPartitionMetadata(topic)
            .map(({ partitionId }: { partitionId: number }) => partitionId);
          const shares = shareOut(
            partitions,
            new Map(present.map(({ memberId, memberMetadata }) => [memberId, heldBy(memberMetadata)])),
          );
          return Array.from(shares, ([memberId, share]) => ({
            memberId,
            memberAssignment: AssignerProtocol.MemberAssignment.encode({
              version: 1,
              assignment: { [topic]: share },
              userData: Buffer.alloc(0),
            }),
          }));
        },
      }),
    ],
  });
  consumer.on('consumer.heartbeat', () => options.onContact());
  consumer.on('consumer.group_join', ({ payload: { memberAssignment, memberId, isLeader } }) => {
    // Paused, kafkajs sends heartbeats and no fetches. Each time, because it forgets after a crash.
    consumer.pause([{ topic }]);
    const partitions = memberAssignment[topic] ?? [];
    options.onAssigned({ partitions, memberId, isAlone: isLeader === true && members === 1 });
  });
  consumer.on('consumer.crash', () => options.onLost());
  return consumer;
}

/** Stays in the group until the consumer is disconnected. @returns when it has joined, or never can */
export async function takePart(consumer: Consumer, topic: string): Promise<void> {
  await consumer.connect();
  await consumer.subscribe({ topic, fromBeginning: false });
  await runAlways(consumer, { autoCommit: false, eachMessage: async () => {} });
}

/** The member ids of the group. */
export async function membersOf(kafka: Kafka, groupId: string): Promise<Set<string>> {
  const admin = kafka.admin({ retry: { retries: 1 } });
  try {
    await admin.connect();
    const { groups } = await admin.describeGroups([groupId]);
    return new Set(groups.flatMap(({ members }) => members.map(({ memberId }) => memberId)));
  } finally {
    await admin.disconnect();
  }
}

function heldBy(metadata: Buffer): number[] {
  try {
    const { userData } = AssignerProtocol.MemberMetadata.decode(metadata) ?? {};
    const held: unknown = JSON.parse(userData?.toString() ?? '[]');
    return Array.isArray(held) ? held.filter(Number.isInteger) : [];
  } catch {
    return [];
  }
}
