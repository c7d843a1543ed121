// Says when a station becomes empty: node docs/examples/notify-empty.mjs BROKER:9092 [TOPIC]
import kafkajs from 'kafkajs';

const [brokers = '127.0.0.1:9092', topic = 'velolog.changes'] = process.argv.slice(2);
// The Kafka that Velolog brings along asks for a login: kafka_login in `npx velolog status --json`.
const { KAFKA_SASL_USERNAME: username, KAFKA_SASL_PASSWORD: password } = process.env;
const login = username && { sasl: { mechanism: 'plain', username, password } };
const kafka = new kafkajs.Kafka({ brokers: brokers.split(','), logLevel: kafkajs.logLevel.ERROR, ...login });
const consumer = kafka.consumer({ groupId: process.env.NOTIFY_GROUP ?? 'notify-empty' });
const newest = new Map();
await consumer.connect();
await consumer.subscribe({ topic, fromBeginning: process.env.NOTIFY_FROM_BEGINNING === '1' });
await consumer.run({
  eachMessage: async ({ message }) => {
    const change = JSON.parse(message.value);
    const station = message.key.toString();
    // An event may come twice, and then its station's later ones as well: what is not newer was told before.
    if (change.observed_at <= (newest.get(station) ?? '')) return;
    newest.set(station, change.observed_at);
    if (change.num_bikes_available === 0 && change.prev_num_bikes_available !== 0)
      console.log(`${change.observed_at} ${change.name ?? station} has no bikes left`);
  },
});
