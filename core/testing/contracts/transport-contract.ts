import { describe } from 'vitest';
import { channelTests } from './transport-channels.ts';
import { dialTests } from './transport-dials.ts';
import { linkTests } from './transport-links.ts';
import type { TransportsUnderTest } from './transport-support.ts';

export type { TransportHost, TransportsUnderTest } from './transport-support.ts';

/** What every `Transport` must do. `make` is called once per test with the number of devices. */
export function transportContract(name: string, make: (hosts: number) => Promise<TransportsUnderTest>): void {
  describe(`transport contract: ${name}`, () => {
    dialTests(make);
    linkTests(make);
    channelTests(make);
  });
}
