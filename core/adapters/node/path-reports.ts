/** Paths gathered at a time; more are reported without waiting. */
const pathsMax = 4096;

/** Gathers paths for a short time and reports each once. */
export class PathReports {
  readonly #gatherMs: number;
  readonly #report: (paths: readonly string[]) => void;
  readonly #paths = new Set<string>();
  #timer: NodeJS.Timeout | undefined;

  constructor(gatherMs: number, report: (paths: readonly string[]) => void) {
    this.#gatherMs = gatherMs;
    this.#report = report;
  }

  add(path: string): void {
    this.#paths.add(path);
    if (this.#paths.size >= pathsMax) return this.#flush();
    this.#timer ??= setTimeout(() => this.#flush(), this.#gatherMs).unref();
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#paths.clear();
  }

  #flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const paths = [...this.#paths];
    this.#paths.clear();
    if (paths.length > 0) this.#report(paths);
  }
}
