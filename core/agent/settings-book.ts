import type { Result } from '../base/index.ts';
import { Emitter, Mutex, err, ok } from '../base/index.ts';
import type { ApiError, SettingKey, Settings } from '../api/index.ts';
import { apiError, isSettingKey, settingDescriptions, settingsSchema } from '../api/index.ts';
import type { Store } from '../ports/index.ts';
import { Records } from './records.ts';

type Values = Readonly<Record<string, unknown>>;

/** The settings: stored as they were set, read with today's defaults. */
export class SettingsBook {
  readonly #records: Records<Values>;
  readonly changed = new Emitter<SettingKey>();
  readonly #turn = new Mutex();
  #values: Settings;

  private constructor(records: Records<Values>, values: Settings) {
    this.#records = records;
    this.#values = values;
  }

  /** `defaultName` names a device that was never given a name. A stored value that this build refuses falls back to its default. */
  static async load(store: Store, defaultName: string): Promise<SettingsBook> {
    const records = new Records<Values>(store, 'agent/settings', (stored) => stored as Values);
    const stored = (await records.get('all')) ?? {};
    const sound: Record<string, unknown> = { name: defaultName };
    for (const [key, value] of Object.entries(stored)) {
      if (isSettingKey(key) && settingsSchema.shape[key].safeParse(value).success) sound[key] = value;
    }
    return new SettingsBook(records, settingsSchema.parse(sound));
  }

  get values(): Settings {
    return this.#values;
  }

  /** Checks and stores one value; durable before it resolves. */
  async set(key: string, value: unknown): Promise<Result<{ key: SettingKey; value: string | number | boolean }, ApiError>> {
    if (!isSettingKey(key)) {
      const keys = settingDescriptions().map((each) => each.key);
      return err(apiError('bad-request', `There is no setting "${key}". Settings: ${keys.join(', ')}.`));
    }
    const parsed = settingsSchema.shape[key].safeParse(value);
    if (!parsed.success) {
      const text = settingsSchema.shape[key].description ?? '';
      return err(
        apiError('bad-request', `"${String(value)}" is not a value for ${key}: ${parsed.error.issues[0]?.message ?? 'refused'}. ${text}`),
      );
    }
    await this.#turn.run(async () => {
      const values = { ...this.#values, [key]: parsed.data };
      await this.#records.put('all', values);
      this.#values = values;
    });
    this.changed.emit(key);
    return ok({ key, value: this.#values[key] });
  }
}
