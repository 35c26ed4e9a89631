import { assert, concatBytes, textFromUtf8, utf8 } from '../../base/index.ts';
import type { Libp2pChannel } from './channel.ts';
import { settings } from './settings.ts';

const namePattern = /^\/dormouse\/[a-z0-9./-]+$/;

/** The first bytes of a channel: one byte with the length of its name in bytes, then the name. */
export function encodeChannelName(protocol: string): Uint8Array {
  const name = utf8(protocol);
  assert(namePattern.test(protocol) && name.length <= settings.channelNameBytesMax, 'channel names start with /dormouse/ and are short');
  return concatBytes([Uint8Array.of(name.length), name]);
}

/** Reads the name off the front of `channel`; undefined when it ends first or begins with something else. */
export async function readChannelName(channel: Libp2pChannel): Promise<string | undefined> {
  let bytes: Uint8Array = new Uint8Array(0);
  for (;;) {
    const chunk = await channel.read();
    if (!chunk) return undefined;
    bytes = bytes.length === 0 ? chunk : concatBytes([bytes, chunk]);
    const nameLength = bytes[0] ?? 0;
    if (nameLength === 0 || nameLength > settings.channelNameBytesMax) return undefined;
    if (bytes.length <= nameLength) continue;
    const name = textFromUtf8(bytes.subarray(1, 1 + nameLength));
    if (name === undefined || !namePattern.test(name)) return undefined;
    channel.unread(bytes.subarray(1 + nameLength));
    return name;
  }
}
