import type { Command } from 'commander';
import { type Result, err, ok } from '../../core/base/index.ts';
import type { ApiReply, ApiRequest, ApiVerb } from '../../core/api/index.ts';
import { type ApiClient, type ClientError, openApiClient } from '../api-client.ts';
import { type ExitCode, exitCodeOf, exitCodes } from '../exit-codes.ts';
import { type Home, locateHome } from '../home.ts';
import { type Paint, choosePaint } from '../text/paint.ts';
import { safeLines } from '../text/safe-text.ts';
import type { TextContext } from '../text/status-text.ts';

/** Where a run of the command line reads and writes: the process, or a test's stand-in. */
export interface CliSurroundings {
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly stdout: CliOutput;
  readonly stderr: CliOutput;
  readonly now: () => Date;
  /** Aborts at Ctrl-C. Whoever reads it takes over from the system's own way of ending a program. */
  readonly interrupt: AbortSignal;
}

export interface CliOutput {
  readonly isTerminal: boolean;
  readonly columns: number;
  /** False when the reader is gone: whoever writes without end stops then. */
  write(text: string): boolean;
}

/** Why a command failed; what a person reads names the thing, the cause and what to do. */
export interface CommandError {
  readonly kind: ClientError['kind'] | 'usage' | 'failed';
  readonly text: string;
}

/** What a command has to say: the same thing for programs and for people. */
export interface CommandOutcome {
  readonly json: unknown;
  readonly text: string;
  readonly exitCode?: ExitCode;
}

export type CommandResult = Result<CommandOutcome, CommandError>;

/** One run of one command. */
export class CommandSession {
  readonly home: Home;
  readonly isJson: boolean;
  readonly surroundings: CliSurroundings;

  constructor(home: Home, isJson: boolean, surroundings: CliSurroundings) {
    this.home = home;
    this.isJson = isJson;
    this.surroundings = surroundings;
  }

  get cwd(): string {
    return this.surroundings.cwd;
  }

  get text(): TextContext {
    return { now: this.surroundings.now(), paint: this.paint };
  }

  get paint(): Paint {
    return choosePaint(this.surroundings.stdout.isTerminal, this.surroundings.env);
  }

  client(): Result<ApiClient, CommandError> {
    return openApiClient(this.home);
  }

  /** One call of the running agent; Ctrl-C cancels it. */
  async call<V extends ApiVerb>(
    verb: V,
    request: ApiRequest<V>,
    options?: { readonly signal?: AbortSignal },
  ): Promise<Result<ApiReply<V>, CommandError>> {
    const client = this.client();
    if (!client.ok) return client;
    const { interrupt } = this.surroundings;
    const signal = options?.signal === undefined ? interrupt : AbortSignal.any([interrupt, options.signal]);
    return client.value.call(verb, request, { signal });
  }

  /** Says something to a person that is not the command's result. */
  note(text: string): void {
    if (!this.isJson) this.surroundings.stderr.write(`${safeLines(text)}\n`);
  }
}

/** A command that works and then has an outcome. */
export type CommandAction<Args extends readonly unknown[]> = (session: CommandSession, ...args: Args) => Promise<CommandResult>;
/** A command that writes by itself, as long as it runs. */
export type StreamAction<Args extends readonly unknown[]> = (
  session: CommandSession,
  ...args: Args
) => Promise<Result<ExitCode, CommandError>>;

/** Turns actions into what commander calls, and their outcomes into output and an exit code. */
export class CommandRunner {
  readonly surroundings: CliSurroundings;
  /** Of the command that ran. */
  exitCode: ExitCode = exitCodes.done;

  constructor(surroundings: CliSurroundings) {
    this.surroundings = surroundings;
  }

  /** `Args` are the command's arguments, then its options. */
  action<Args extends readonly unknown[]>(action: CommandAction<Args>): (...args: unknown[]) => Promise<void> {
    return this.stream<Args>(async (session, ...args) => {
      const result = await action(session, ...args);
      if (!result.ok) return result;
      const { json, text, exitCode = exitCodes.done } = result.value;
      if (session.isJson) this.surroundings.stdout.write(`${JSON.stringify(json)}\n`);
      else if (text !== '') this.surroundings.stdout.write(`${text}\n`);
      return ok(exitCode);
    });
  }

  stream<Args extends readonly unknown[]>(action: StreamAction<Args>): (...args: unknown[]) => Promise<void> {
    return async (...all) => {
      const command = all.at(-1) as Command;
      const session = this.session(command);
      const result = await action(session, ...(all.slice(0, -1) as unknown as Args));
      if (result.ok) this.exitCode = result.value;
      else this.fail(session.isJson, result.error);
    };
  }

  session(command: Command): CommandSession {
    const { home, json } = command.optsWithGlobals<{ home?: string; json?: boolean }>();
    return new CommandSession(locateHome(home, this.surroundings.cwd), json === true, this.surroundings);
  }

  /** Errors are JSON on stdout for programs, and a sentence on stderr for people. */
  fail(isJson: boolean, error: CommandError): void {
    this.exitCode = exitCodeOf(error.kind);
    if (isJson) this.surroundings.stdout.write(`${JSON.stringify({ error: { kind: error.kind, text: error.text } })}\n`);
    else this.surroundings.stderr.write(`${safeLines(error.text)}\n`);
  }
}

export function done(json: unknown, text: string, exitCode: ExitCode = exitCodes.done): CommandResult {
  return ok({ json, text, exitCode });
}

export function failed(kind: CommandError['kind'], text: string): Result<never, CommandError> {
  return err({ kind, text });
}

/** Examples below a command's help. Each is a command line and what it does. */
export function examples(lines: readonly (readonly [line: string, what: string])[]): string {
  const width = Math.max(...lines.map(([line]) => line.length));
  return `\nExamples:\n${lines.map(([line, what]) => `  ${line.padEnd(width)}  ${what}`.trimEnd()).join('\n')}`;
}
