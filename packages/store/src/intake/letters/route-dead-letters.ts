import { hasVehicleIds } from '@velolog/gbfs/feeds';
import type { KafkaMessage } from '@velolog/stream/kafka/kafka-types';
import { headerText } from '@velolog/stream/poll-headers';
import type { SendDeadLetters } from './dead-letters.ts';

/**
 * A letter that may hold vehicle ids goes to the topic that keeps it for only a day, even if it arrived in the wrong
 * topic.
 */
export function routeDeadLetters({
  vehiclePollsTopic,
  vehicles,
  others,
}: {
  vehiclePollsTopic: string;
  vehicles: SendDeadLetters;
  others: SendDeadLetters;
}): SendDeadLetters {
  return async (from, letters) => {
    const isAboutVehicles = ({ message }: (typeof letters)[number]) =>
      from.topic === vehiclePollsTopic || hasVehicleIds(feedOf(message));
    await vehicles(from, letters.filter(isAboutVehicles));
    await others(
      from,
      letters.filter((letter) => !isAboutVehicles(letter)),
    );
  };
}

function feedOf({ headers }: KafkaMessage): string {
  return headerText(headers?.ce_type)?.replace(/^org\.gbfs\./, '') ?? '';
}
