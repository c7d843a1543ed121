import { notFound } from '../api/api-problem.ts';
import type { Reader } from '../database/reader.ts';

/** For empty answers: tells an existing system without results from a missing one. @throws ApiProblem 404 */
export async function expectSystem(reader: Reader, systemId: string): Promise<void> {
  const found = await reader.query('select from api.system where system_id = $1', [systemId]);
  if (found.length === 0) throw unknownSystem(systemId);
}

export function unknownSystem(systemId: string): Error {
  return notFound(`No system ${JSON.stringify(systemId)} is recorded; /api/v1/systems lists those that are`);
}

/** For a station that was not found. @throws ApiProblem 404 when the system is missing, too */
export async function unknownStation(reader: Reader, systemId: string, stationId: string): Promise<Error> {
  await expectSystem(reader, systemId);
  return notFound(
    `The system ${JSON.stringify(systemId)} has no station ${JSON.stringify(stationId)}; /api/v1/systems/${encodeURIComponent(systemId)}/stations lists those it has`,
  );
}
