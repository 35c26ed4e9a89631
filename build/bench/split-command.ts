/** What started a program, and what it was told. */
export interface Command {
  /** Everything between the runtime and the program's own arguments: the runtime's switches and the program's file. */
  readonly program: readonly string[];
  readonly args: readonly string[];
}

/** Takes `process.argv` apart. Electron leaves switches of its own before the program's file there, and Node none. */
export function splitCommand(argv: readonly string[]): Command {
  const file = argv.findIndex((arg, index) => index > 0 && !arg.startsWith('-'));
  return { program: argv.slice(1, file + 1), args: argv.slice(file + 1) };
}
