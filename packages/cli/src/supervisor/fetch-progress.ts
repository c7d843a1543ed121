import { type FetchProgress, KAFKA_VERSION } from '@velolog/embedded/kafka-jars';
import { progressBar } from '../print/progress-bar.ts';

/** Size of a first download: Kafka's jars and, if this machine has never used it, Maven's plugin. */
const BYTES_EXPECTED = 58_000_000;

/** Shows the one-time download of Kafka on stderr: as a bar on a terminal, as two lines elsewhere. */
export function fetchProgress(): FetchProgress {
  const output = process.stderr;
  const what = `Fetching Apache Kafka ${KAFKA_VERSION} with Maven, once`;
  const started = performance.now();
  const bar = progressBar(`${what} [{bar}] {percentage}% {file}`);
  let bytes = 0;
  return {
    started: () => {
      if (output.isTTY) bar.start(BYTES_EXPECTED, 0, { file: '' });
      else output.write(`${what} (about 44 MB)\n`);
    },
    file: (name, size) => {
      // Maven does not download what is in its cache, so the bar may jump to its end, but never past it.
      bytes = Math.min(bytes + size, BYTES_EXPECTED * 0.99);
      if (output.isTTY) bar.update(bytes, { file: name });
    },
    done: () => {
      if (output.isTTY) bar.stop();
      output.write(`Fetched Apache Kafka in ${Math.round((performance.now() - started) / 1000)} s\n`);
    },
  };
}
