import type { FileErrorKind, TreeCapabilities } from '../../ports/index.ts';

/** What a simulated disk is like. The defaults are those of ext4 under Node, which does not reach the exchange of two names. */
export interface DiskOptions {
  readonly caseSensitive?: boolean;
  /** `exact`: names are bytes. `insensitive`: two Unicode forms are one name. `nfd`: moreover, names are kept decomposed. */
  readonly unicode?: 'exact' | 'insensitive' | 'nfd';
  readonly links?: boolean;
  readonly hardLinks?: boolean;
  readonly executableBit?: boolean;
  readonly mtimeGranularityMs?: number;
  readonly windowsNames?: boolean;
  readonly exchange?: boolean;
  /** Bytes of content that fit. */
  readonly capacityBytes?: number;
}

/** A trouble of some paths. */
export interface InjectedFault {
  readonly kind: FileErrorKind;
  /** Whether it concerns `operation` (a method of `FileTree` or a handle: `openRead`, `write`, `sync`, …) on the absolute `path`. */
  readonly applies: (operation: string, path: string) => boolean;
  /** How many operations fail; for ever when absent. */
  times?: number;
}

export function capabilitiesOf(options: DiskOptions): TreeCapabilities {
  return {
    caseSensitive: options.caseSensitive ?? true,
    unicodeExact: (options.unicode ?? 'exact') === 'exact',
    links: options.links ?? true,
    hardLinks: options.hardLinks ?? true,
    executableBit: options.executableBit ?? true,
    mtimeGranularityMs: options.mtimeGranularityMs ?? 1,
    windowsNames: options.windowsNames ?? false,
    exchange: options.exchange ?? false,
  };
}
