import type { ContenderChoices } from './contender-choices.ts';

/** Where an agent of a row about waiting sits. */
export interface AgentSeat {
  readonly name: string;
  /** Everything of this device goes below it. */
  readonly stageFolder: string;
  /** IPv4, on which the others reach it. */
  readonly address: string;
  readonly choices: ContenderChoices;
}

/** What other agents of the same kind have to know of one before they start; means nothing to anyone else. */
export interface AgentCard {
  readonly name: string;
  readonly facts: unknown;
}

/** One sync agent as the rows about waiting need it: driven in the same way whatever program it is. Instants are wall-clock ms. */
export interface WaitAgent {
  /** Makes keys and an empty folder. */
  prepare(): Promise<AgentCard>;
  start(others: readonly AgentCard[]): Promise<void>;
  stop(): Promise<void>;
  /** After a stop, as it was started before. */
  restart(): Promise<void>;
  /** The first process of its tree; undefined while it does not run. */
  rootPid(): number | undefined;
  /** For programs that pair with an invitation: the one here, to be used there. Undefined where the cards are enough. */
  invite(): Promise<string | undefined>;
  accept(invitation: string): Promise<void>;
  /** Shares the folder with devices of these names, which then take it. */
  shareFolder(names: readonly string[]): Promise<void>;
  takeFolder(): Promise<void>;
  isLinkedTo(name: string): Promise<boolean>;
  /** Nothing to scan, to send or to get, as far as these devices are concerned. */
  isAtRest(names: readonly string[]): Promise<boolean>;
  /** Tells the agent to look at its folder now. */
  announce(): Promise<void>;
  /** From now on it is noted when a link to `name` comes to life. */
  watchLink(name: string): Promise<void>;
  /** When the watched link came to life first, after `sinceMs`. */
  linkedAt(sinceMs: number): Promise<number | undefined>;
  logTail(): Promise<string>;
}

export function folderOf(seat: Pick<AgentSeat, 'name' | 'stageFolder'>): string {
  return `${seat.stageFolder}/${seat.name}/folder`;
}
