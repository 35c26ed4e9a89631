import type { Result } from '../base/index.ts';
import { err, ok } from '../base/index.ts';
import type { ApiError } from '../api/index.ts';
import { apiError } from '../api/index.ts';

/** Something that people name: by its name, its id, the end or beginning of its id, or other words (a path). */
export interface Nameable {
  readonly id: string;
  readonly name: string;
  readonly others: readonly string[];
}

const idPartMin = 5;

/** Finds the one item that `word` names. An exact id or other word wins over a name, a name over a part of an id. */
export function itemByWord<T>(items: readonly T[], word: string, describe: (item: T) => Nameable, what: string): Result<T, ApiError> {
  const described = items.map((item) => ({ item, words: describe(item) }));
  const rounds: ((words: Nameable) => boolean)[] = [
    (words) => words.id === word || words.others.includes(word),
    (words) => words.name === word,
    (words) => words.name.toLowerCase() === word.toLowerCase(),
    (words) => word.length >= idPartMin && (words.id.startsWith(word) || words.id.endsWith(word)),
  ];
  for (const fits of rounds) {
    const found = described.filter(({ words }) => fits(words));
    const [first, second] = found;
    if (first && !second) return ok(first.item);
    if (first) {
      const choices = found.map(({ words }) => `${words.name} (${words.id.slice(-idPartMin - 2)})`).join(', ');
      return err(apiError('ambiguous', `"${word}" names more than one ${what}: ${choices}. Use the end of the id.`));
    }
  }
  const names = described.map(({ words }) => words.name).join(', ');
  return err(apiError('not-found', `There is no ${what} "${word}". ${names === '' ? `There is none yet.` : `Known: ${names}.`}`));
}
