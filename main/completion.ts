import type { Argument, Command, Option } from 'commander';

export const shells = ['bash', 'zsh', 'fish'] as const;
export type Shell = (typeof shells)[number];

/** Names that only a running agent knows. */
export type DynamicNames = (what: 'folders' | 'devices' | 'offers' | 'settings') => Promise<readonly string[]>;

export interface Candidates {
  readonly words: readonly string[];
  /** The shell may offer paths of files as well. */
  readonly files: boolean;
}

const nothing: Candidates = { words: [], files: false };

/**
 * What may stand in the place of the last of `words` (which may be empty), the words after the program's name. Follows the tree of
 * commands: options, their values, subcommands, arguments.
 */
export async function completionCandidates(program: Command, words: readonly string[], names: DynamicNames): Promise<Candidates> {
  const typed = words.at(-1) ?? '';
  const { command, argumentIndex, pendingOption } = walk(program, words.slice(0, -1));
  const all = await candidatesAt(command, argumentIndex, pendingOption, typed, names);
  return { words: all.words.filter((word) => word.startsWith(typed)), files: all.files };
}

interface Place {
  readonly command: Command;
  readonly argumentIndex: number;
  /** An option before the place that waits for its value. */
  readonly pendingOption: Option | undefined;
}

function walk(program: Command, words: readonly string[]): Place {
  let command = program;
  let argumentIndex = 0;
  let pendingOption: Option | undefined;
  for (const word of words) {
    if (pendingOption !== undefined) {
      pendingOption = undefined;
    } else if (word.startsWith('-')) {
      const option = optionsOf(command).find((candidate) => candidate.long === word || candidate.short === word);
      pendingOption = option?.required === true ? option : undefined;
    } else {
      const next = argumentIndex === 0 ? command.commands.find((candidate) => candidate.name() === word) : undefined;
      if (next === undefined) argumentIndex += 1;
      else command = next;
    }
  }
  return { command, argumentIndex, pendingOption };
}

/** A command's own options and those of the commands above it, which it takes too. */
function optionsOf(command: Command): readonly Option[] {
  return [...command.options, ...(command.parent === null ? [] : optionsOf(command.parent))].filter((option) => !option.hidden);
}

async function candidatesAt(
  command: Command,
  argumentIndex: number,
  pending: Option | undefined,
  typed: string,
  names: DynamicNames,
): Promise<Candidates> {
  if (pending !== undefined) return valuesOf(pending.long?.slice(2) ?? '', pending.argChoices, names);
  if (typed.startsWith('-')) return { words: [...optionsOf(command).flatMap((option) => option.long ?? []), '--help'], files: false };
  const argument: Argument | undefined = command.registeredArguments[argumentIndex];
  const own = argument === undefined ? nothing : await argumentValues(command, argument, names);
  const subcommands = argumentIndex === 0 ? command.commands.filter((each) => !isHidden(each)).map((each) => each.name()) : [];
  return { words: [...subcommands, ...own.words], files: own.files };
}

/** Commander tells which commands help shows, not which are hidden. */
export function isHidden(command: Command): boolean {
  return command.parent !== null && !command.parent.createHelp().visibleCommands(command.parent).includes(command);
}

async function argumentValues(command: Command, argument: Argument, names: DynamicNames): Promise<Candidates> {
  const isOffer = command.name() === 'accept' && argument.name() === 'folder';
  return valuesOf(isOffer ? 'offer' : argument.name(), argument.argChoices, names);
}

async function valuesOf(name: string, choices: readonly string[] | undefined, names: DynamicNames): Promise<Candidates> {
  if (choices !== undefined) return { words: choices, files: false };
  switch (name) {
    case 'folder':
      return { words: await names('folders'), files: false };
    case 'device':
      return { words: await names('devices'), files: false };
    case 'offer':
      return { words: await names('offers'), files: false };
    case 'key':
      return { words: await names('settings'), files: false };
    case 'path':
    case 'file':
    case 'home':
      return { words: [], files: true };
    default:
      return nothing;
  }
}

/** The script for a shell. All of them ask the program itself, so that they never lag behind its commands. */
export function completionScript(shell: Shell): string {
  switch (shell) {
    case 'bash':
      return bashScript;
    case 'zsh':
      return zshScript;
    case 'fish':
      return fishScript;
  }
}

/** The first line that the program prints is `files` or `words`, each further one a candidate. */
const bashScript = `# Completion for dormouse. Use: eval "$(dormouse completion bash)"
_dormouse() {
  local IFS=$'\\n' words lines word
  COMPREPLY=()
  words=("\${COMP_WORDS[@]:1:COMP_CWORD}")
  lines=($("\${COMP_WORDS[0]}" __complete -- "\${words[@]}" 2>/dev/null)) || return 0
  for word in "\${lines[@]:1}"; do COMPREPLY+=("$(printf '%q' "$word")"); done
  if [ "\${lines[0]}" = files ]; then
    compopt -o filenames 2>/dev/null
    COMPREPLY+=($(compgen -f -- "\${COMP_WORDS[COMP_CWORD]}"))
  fi
}
complete -F _dormouse dormouse
`;

const zshScript = `#compdef dormouse
# Completion for dormouse. Use: eval "$(dormouse completion zsh)"
_dormouse() {
  local -a lines
  lines=("\${(@f)$("\${words[1]}" __complete -- "\${(@)words[2,CURRENT]}" 2>/dev/null)}")
  (( \${#lines} > 1 )) && compadd -- "\${(@)lines[2,-1]}"
  [[ "\${lines[1]}" == files ]] && _files
}
compdef _dormouse dormouse
`;

const fishScript = `# Completion for dormouse. Use: dormouse completion fish | source
function __dormouse_complete
    set -l words (commandline -opc) (commandline -ct)
    set -l lines ($words[1] __complete -- $words[2..-1] 2>/dev/null)
    test (count $lines) -gt 1; and printf '%s\\n' $lines[2..-1]
    test "$lines[1]" = files; and __fish_complete_path (commandline -ct)
end
complete -c dormouse -f -a '(__dormouse_complete)'
`;
