import { join } from 'node:path';
import { DaemonFailure, within } from '../../main/testing/daemon-process.ts';
import type { LabHost } from './lab-host.ts';
import type { Outcome, ScenarioResult } from './report.ts';
import type { Scenario } from './scenario.ts';
import { LabStage } from './stage.ts';

export interface RunnerOptions {
  /** Holds a folder for each scenario. */
  readonly folder: string;
  readonly isShort: boolean;
  readonly seed: string;
  readonly lanes: number;
  readonly say: (text: string) => void;
}

const shortMsMax = 4 * 60_000;
const fullMsMax = 20 * 60_000;
const lastWordsMs = 2_000;
const logLinesShown = 25;

/** Runs scenarios, several side by side, each in a network of its own. */
export class Runner {
  readonly #options: RunnerOptions;
  readonly #stages = new Set<LabStage>();

  constructor(options: RunnerOptions) {
    this.#options = options;
  }

  /** The results in the order of the scenarios, however they end. */
  async run(scenarios: readonly Scenario[]): Promise<ScenarioResult[]> {
    const results = new Map<Scenario, ScenarioResult>();
    const queue = [...scenarios];
    const lane = async (): Promise<void> => {
      for (let next = queue.shift(); next !== undefined; next = queue.shift()) results.set(next, await this.#runOne(next));
    };
    await Promise.all(Array.from({ length: this.#options.lanes }, lane));
    return scenarios.flatMap((scenario) => results.get(scenario) ?? []);
  }

  /** Ends everything that runs, at once; for the end of the program. */
  close(): void {
    for (const stage of this.#stages) stage.close();
  }

  async #runOne(scenario: Scenario): Promise<ScenarioResult> {
    const { name, proves, rules } = scenario;
    const { folder, isShort, seed, say } = this.#options;
    const startedMs = performance.now();
    const seconds = (): number => (performance.now() - startedMs) / 1000;
    const stage = new LabStage({
      folder: join(folder, name),
      isShort,
      seed: `${seed}/${name}`,
      say: (text) => say(`  ${name}, ${seconds().toFixed(0)} s: ${text}`),
    });
    this.#stages.add(stage);
    say(`${name} begins: ${proves}`);
    let outcome: Outcome = { kind: 'passed' };
    try {
      await within(`The scenario ${name}`, isShort ? shortMsMax : fullMsMax, scenario.run(stage));
    } catch (error) {
      const text = error instanceof DaemonFailure ? error.message : String(error instanceof Error ? error.stack : error);
      outcome = { kind: 'failed', text };
      say(`${name} FAILED after ${seconds().toFixed(0)} s: ${text}\n${await lastWords(stage.laptops)}`);
    } finally {
      stage.close();
      this.#stages.delete(stage);
    }
    if (outcome.kind === 'passed') say(`${name} passed after ${seconds().toFixed(0)} s`);
    return { name, proves, rules, outcome, seconds: seconds(), figures: stage.figures };
  }
}

/** What is known of a failure: what each agent says of itself, and the end of its log. */
async function lastWords(hosts: readonly LabHost[]): Promise<string> {
  const parts: string[] = [];
  for (const host of hosts) {
    const status = await host.call('status', {}, lastWordsMs).then(
      (found) => JSON.stringify({ folders: found.folders, devices: found.devices, transfers: found.transfers }),
      (error: unknown) => String(error),
    );
    parts.push(`--- ${host.name}${host.isFrozen ? ' (frozen)' : ''}: ${status}`, host.agent.logTail(logLinesShown));
  }
  return parts.join('\n');
}
