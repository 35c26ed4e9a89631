/** How the command line ends (chapter 12 of the design; scripts rely on it). */
export const exitCodes = {
  done: 0,
  failed: 1,
  usage: 2,
  noAgent: 3,
  notReached: 4,
} as const;

export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];

/** The exit code that goes with an error's kind: of the API, of reaching it, or of the command line itself. */
export function exitCodeOf(kind: string): ExitCode {
  switch (kind) {
    case 'usage':
    case 'bad-request':
      return exitCodes.usage;
    case 'no-agent':
      return exitCodes.noAgent;
    case 'not-reached':
    case 'timeout':
      return exitCodes.notReached;
    default:
      return exitCodes.failed;
  }
}
