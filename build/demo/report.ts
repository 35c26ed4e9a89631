/** What a step of the demo has to say when it is over. */
export type StepNote = string;

/** Where the report goes. `isTerminal`: long steps show how far they are, over and over in the same line. */
export interface DemoOutput {
  readonly isTerminal: boolean;
  write(text: string): void;
}

const lookMs = 500;
/** Back to the first column, then clear to the end of the line. */
const clearLine = '\r\u001b[K';

/** Prints each step with its time, and all of them again at the end. */
export class DemoReport {
  readonly #lines: { readonly title: string; readonly seconds: number }[] = [];
  readonly #output: DemoOutput;

  constructor(output: DemoOutput) {
    this.#output = output;
  }

  /** Runs one step; its failure is the caller's. `look` tells in a few words how far it is. */
  async step(title: string, run: () => Promise<StepNote>, look?: () => Promise<string>): Promise<void> {
    this.#output.write(`${title} … `);
    const startedMs = performance.now();
    const stopLooking = this.#showProgress(title, look);
    let note: StepNote;
    try {
      note = await run();
    } finally {
      stopLooking();
    }
    const seconds = (performance.now() - startedMs) / 1000;
    this.#lines.push({ title, seconds });
    this.#output.write(`${seconds.toFixed(1)} s\n${note === '' ? '' : `${note.replace(/^/gm, '    ')}\n`}`);
  }

  #showProgress(title: string, look: (() => Promise<string>) | undefined): () => void {
    if (look === undefined || !this.#output.isTerminal) return () => undefined;
    let isOver = false;
    const timer = setInterval(() => {
      void look()
        // Between two runs of an agent there is nobody to ask.
        .catch(() => '')
        .then((text) => {
          if (!isOver) this.#output.write(`${clearLine}${title} … ${text}`);
        });
    }, lookMs);
    return () => {
      isOver = true;
      clearInterval(timer);
      this.#output.write(`${clearLine}${title} … `);
    };
  }

  say(text: string): void {
    this.#output.write(`${text}\n`);
  }

  summary(): string {
    return this.#lines.map(({ title, seconds }) => `${seconds.toFixed(1).padStart(7)} s  ${title}`).join('\n');
  }
}
