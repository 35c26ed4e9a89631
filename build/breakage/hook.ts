import { registerHooks } from 'node:module';
import { breakSource, breakages } from './breakages.ts';

/**
 * Loads the product with one deliberate fault in it: `node --import ./build/breakage/hook.ts PROGRAM` with DORMOUSE_BREAKAGE set to
 * a name from breakages.ts. The sources on disk stay as they are.
 */
const name = process.env['DORMOUSE_BREAKAGE'];
const breakage = breakages.find((each) => each.name === name);
if (name !== undefined && !breakage)
  throw new Error(`There is no breakage "${name}". Known: ${breakages.map((each) => each.name).join(', ')}.`);

if (breakage) {
  const root = new URL('../..', import.meta.url).href;
  const files = new Set(breakage.edits.map(({ file }) => file));
  registerHooks({
    load(url, context, nextLoad) {
      const loaded = nextLoad(url, context);
      const file = url.startsWith(root) ? url.slice(root.length) : '';
      if (!files.has(file) || loaded.source === undefined || loaded.source === null) return loaded;
      const text = typeof loaded.source === 'string' ? loaded.source : new TextDecoder().decode(loaded.source);
      return { ...loaded, source: breakSource(breakage, file, text) };
    },
  });
}
