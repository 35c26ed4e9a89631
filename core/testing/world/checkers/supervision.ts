import type { Laptop } from '../laptop.ts';

/** SES-4 and SES-2, at every moment: nobody paired is given up, and nothing refers to an ended epoch. */
export function checkSupervision(laptop: Laptop): readonly string[] {
  return laptop.running?.core.supervisor.supervisionInvariant().map((violation) => `${laptop.name}: ${violation}`) ?? [];
}
