import { constants } from 'node:fs';

/** Windows has neither flag; there the constants are undefined. Non-blocking, so that a pipe swapped in does not hang a thread for ever. */
export const carefulOpenFlags = (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0);

/** For a directory that is to be synced. */
export const directoryOpenFlags = constants.O_RDONLY | (constants.O_DIRECTORY ?? 0);
