import type { Deferred } from './deferred.ts';
import { deferred } from './deferred.ts';

interface Question<K, V> {
  readonly key: K;
  readonly answered: Deferred<V>;
}

/** Questions that are asked in one turn become one question about all of them. An answer was looked for after it was asked for. */
export class Together<K, V> {
  readonly #answer: (keys: readonly K[]) => Promise<readonly V[]>;
  #waiting: Question<K, V>[] = [];

  /** `answer` gives the values in the order of the keys. */
  constructor(answer: (keys: readonly K[]) => Promise<readonly V[]>) {
    this.#answer = answer;
  }

  ask(key: K): Promise<V> {
    const answered = deferred<V>();
    this.#waiting.push({ key, answered });
    if (this.#waiting.length === 1) queueMicrotask(() => void this.#run());
    return answered.promise;
  }

  async #run(): Promise<void> {
    const questions = this.#waiting;
    this.#waiting = [];
    try {
      const values = await this.#answer(questions.map(({ key }) => key));
      questions.forEach(({ answered }, index) => answered.resolve(values[index] as V));
    } catch (error) {
      for (const { answered } of questions) answered.reject(error);
    }
  }
}
