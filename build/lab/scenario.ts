import type { Prng } from '../../core/testing/sim/prng.ts';
import type { LabHost } from './lab-host.ts';
import type { Relay } from './relay-client.ts';

/** Something that can go wrong with laptops, done to real agents. */
export interface Scenario {
  readonly name: string;
  /** What it proves, in a sentence. */
  readonly proves: string;
  /** The rules that the sentence is about. */
  readonly rules: readonly string[];
  /** Throws where something is not as it must be. */
  readonly run: (stage: Stage) => Promise<void>;
}

/** A number that a scenario measured. */
export interface Figure {
  readonly label: string;
  readonly value: number;
  readonly unit: 's' | 'MiB' | 'MiB/s' | '';
  /** The most that it should be, where there is a target. Missing one is no failure: this machine may be busy. */
  readonly target?: number;
}

/** What a scenario is given: laptops on a network of their own, chance from a seed, and a place for its figures. */
export interface Stage {
  readonly random: Prng;
  /** A length of the full form, or the one of the short form. */
  choose<T>(full: T, short: T): T;
  /** Laptops that are paired, share one empty folder and are even. */
  hosts(names: readonly string[], options?: HostsOptions): Promise<readonly LabHost[]>;
  /** A host between `caller` and `target`: connections to it on the target's port are passed on to the target. */
  relay(caller: LabHost, target: LabHost): Promise<RelayBetween>;
  figure(figure: Figure): void;
  /** A line on the terminal: how far it is. */
  say(text: string): void;
}

export interface RelayBetween {
  readonly relay: Relay;
  /** What the caller dials, as `device address` takes it. */
  readonly address: string;
}

export interface HostsOptions {
  /** Devices are looked for by mDNS. Default: not. */
  readonly discovery?: boolean;
  /** Hosts whose folder is on a small disk of its own, with its size. */
  readonly diskBytes?: Readonly<Record<string, number>>;
}
