import { accessSync, constants, existsSync } from 'node:fs';
import { userInfo } from 'node:os';
import { dirname, join } from 'node:path';

/**
 * Whether Maven needs a folder of ours for what it fetches: by default it uses .m2 in the user's home, and a system user has none. Java
 * takes the home from the list of users, not from HOME.
 */
export function needsOwnRepository(home: string | null = homeOfUser()): boolean {
  return home === null || !canBeMade(join(home, '.m2', 'repository'));
}

/** Null when the list of users does not have this one, as in a container with any uid. */
function homeOfUser(): string | null {
  try {
    return userInfo().homedir;
  } catch {
    return null;
  }
}

function canBeMade(folder: string): boolean {
  if (!existsSync(folder)) return folder !== dirname(folder) && canBeMade(dirname(folder));
  try {
    accessSync(folder, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}
