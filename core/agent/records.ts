import { assert, textFromUtf8, utf8 } from '../base/index.ts';
import type { Store, StoreChange } from '../ports/index.ts';
import { storeRows } from '../ports/index.ts';

/**
 * Small rows of the agent's own state as JSON: devices, folders, settings. They never hold data that a peer sent unvalidated. `T`
 * is what this build writes; `upgrade` turns what an older build wrote into it.
 */
export class Records<T> {
  readonly #store: Store;
  readonly #scope: string;
  readonly #upgrade: (stored: unknown) => T;

  constructor(store: Store, scope: string, upgrade: (stored: unknown) => T) {
    this.#store = store;
    this.#scope = scope;
    this.#upgrade = upgrade;
  }

  async all(): Promise<readonly { readonly key: string; readonly value: T }[]> {
    const found: { key: string; value: T }[] = [];
    for await (const row of storeRows(this.#store, this.#scope)) found.push({ key: row.key, value: this.#read(row.value) });
    return found;
  }

  async get(key: string): Promise<T | undefined> {
    const bytes = await this.#store.get(this.#scope, key);
    return bytes === undefined ? undefined : this.#read(bytes);
  }

  putChange(key: string, value: T): StoreChange {
    return { kind: 'put', scope: this.#scope, key, value: utf8(JSON.stringify(value)) };
  }

  deleteChange(key: string): StoreChange {
    return { kind: 'delete', scope: this.#scope, key };
  }

  /** Durable before it resolves. */
  async put(key: string, value: T): Promise<void> {
    await this.#store.commit([this.putChange(key, value)], { durable: true });
  }

  async remove(key: string): Promise<void> {
    await this.#store.commit([this.deleteChange(key)], { durable: true });
  }

  #read(bytes: Uint8Array): T {
    const text = textFromUtf8(bytes);
    assert(text !== undefined, `row of ${this.#scope} is text`);
    return this.#upgrade(JSON.parse(text));
  }
}
