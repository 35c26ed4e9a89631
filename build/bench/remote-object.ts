import type { ChildProcess } from 'node:child_process';
import { BenchFailure } from './contender.ts';

/** The methods of `T` as another process sees them. Arguments and results travel as JSON. */
export type Remote<T> = {
  readonly [K in keyof T as T[K] extends (...args: never[]) => unknown ? K : never]: T[K] extends (...args: infer A) => infer R
    ? (...args: A) => Promise<Awaited<R>>
    : never;
};

interface Call {
  readonly id: number;
  readonly target: string;
  readonly method: string;
  readonly args: readonly unknown[];
}

type Answer =
  { readonly id: number; readonly ok: true; readonly value: unknown } | { readonly id: number; readonly ok: false; readonly text: string };

/** Answers the calls of the process that started this one. */
export function serveObjects(targets: Readonly<Record<string, object>>): void {
  process.on('message', (call: Call) => void answer(targets, call).then((reply) => process.send?.(reply)));
}

async function answer(targets: Readonly<Record<string, object>>, { id, target, method, args }: Call): Promise<Answer> {
  try {
    const object = targets[target] as Readonly<Record<string, (...args: readonly unknown[]) => unknown>> | undefined;
    return { id, ok: true, value: await object?.[method]?.(...args) };
  } catch (error) {
    return { id, ok: false, text: error instanceof Error ? error.message : String(error) };
  }
}

/** Calls objects of a child process that serves them. After its end every call fails. */
export class RemoteObjects {
  readonly #child: ChildProcess;
  readonly #waiting = new Map<number, (answer: Answer) => void>();
  #next = 1;

  constructor(child: ChildProcess) {
    this.#child = child;
    child.on('message', (reply: Answer) => {
      this.#waiting.get(reply.id)?.(reply);
      this.#waiting.delete(reply.id);
    });
    child.once('close', () => {
      for (const [id, settle] of this.#waiting) settle({ id, ok: false, text: 'the process has ended' });
      this.#waiting.clear();
    });
  }

  object<T extends object>(target: string): Remote<T> {
    return new Proxy({} as Remote<T>, {
      // A promise may be resolved with this object: it is no thenable.
      get: (_, method) => (method === 'then' ? undefined : (...args: readonly unknown[]) => this.#call(target, String(method), args)),
    });
  }

  #call(target: string, method: string, args: readonly unknown[]): Promise<unknown> {
    const id = this.#next++;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, (reply) => (reply.ok ? resolve(reply.value) : reject(new BenchFailure(`${method}: ${reply.text}`))));
      this.#child.send({ id, target, method, args } satisfies Call, (error) => {
        if (error !== null && this.#waiting.delete(id)) reject(new BenchFailure(`${method}: ${error.message}`));
      });
    });
  }
}
