/** What our own messages say. */
export const NO_SPACE = 'no space is left on its disk';

const CODES = ['ENOSPC', 'EDQUOT'];
/** As we, PostgreSQL, initdb and Java say it. */
const TEXT = /no space is left on its disk|No space left on device|Check free disk space|Disk quota exceeded/;

/** Whether an error, or output of a program, says that the disk is full. */
export function isNoSpace(said: unknown): boolean {
  if (typeof said === 'string') return TEXT.test(said);
  for (let at = said; at instanceof Error; at = at.cause) {
    const { code } = at as NodeJS.ErrnoException;
    if ((code !== undefined && CODES.includes(code)) || TEXT.test(at.message)) return true;
  }
  return false;
}
