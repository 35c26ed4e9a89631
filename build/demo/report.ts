/** What a step of the demo has to say when it is over. */
export type StepNote = string;

/** Prints each step with its time, and all of them again at the end. */
export class DemoReport {
  readonly #lines: { readonly title: string; readonly seconds: number; readonly note: StepNote }[] = [];
  readonly #write: (text: string) => void;

  constructor(write: (text: string) => void) {
    this.#write = write;
  }

  /** Runs one step; its failure is the caller's. */
  async step(title: string, run: () => Promise<StepNote>): Promise<void> {
    this.#write(`${title} … `);
    const startedMs = performance.now();
    const note = await run();
    const seconds = (performance.now() - startedMs) / 1000;
    this.#lines.push({ title, seconds, note });
    this.#write(`${seconds.toFixed(1)} s\n${note === '' ? '' : `${note.replace(/^/gm, '    ')}\n`}`);
  }

  say(text: string): void {
    this.#write(`${text}\n`);
  }

  summary(): string {
    return this.#lines.map(({ title, seconds }) => `${seconds.toFixed(1).padStart(7)} s  ${title}`).join('\n');
  }
}
