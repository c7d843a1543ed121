import { type FetchProgress, KAFKA_VERSION } from '@velolog/embedded/kafka-jars';
import { SingleBar } from 'cli-progress';

/** The size of a first download: Kafka's jars and, on a machine new to Maven, its plugin. */
const BYTES_EXPECTED = 58_000_000;

/** Shows the one-time download of Kafka on stderr: a bar on a terminal, two lines elsewhere. */
export function fetchProgress(output: NodeJS.WriteStream = process.stderr): FetchProgress {
  const what = `Fetching Apache Kafka ${KAFKA_VERSION} with Maven, once`;
  const started = performance.now();
  const bar = new SingleBar({
    format: `${what} [{bar}] {percentage}% {file}`,
    stream: output,
    hideCursor: true,
    clearOnComplete: true,
  });
  let bytes = 0;
  return {
    started: () => {
      if (output.isTTY) bar.start(BYTES_EXPECTED, 0, { file: '' });
      else output.write(`${what} (about 44 MB)\n`);
    },
    file: (name, size) => {
      // What is in Maven's own cache does not come again, so the bar may jump to its end, but never past it.
      bytes = Math.min(bytes + size, BYTES_EXPECTED * 0.99);
      if (output.isTTY) bar.update(bytes, { file: name });
    },
    done: () => {
      if (output.isTTY) bar.stop();
      output.write(`Fetched Apache Kafka in ${Math.round((performance.now() - started) / 1000)} s\n`);
    },
  };
}
