/** What instances need to know of each other and of themselves. */
export interface SyncthingNode {
  readonly name: string;
  readonly deviceId: string;
  readonly apiPort: number;
  /** Where the others reach it, HOST:PORT. */
  readonly syncAddress: string;
  readonly folder: string;
}

/** Options that differ from the defaults of a Syncthing, as the names in its config.xml. */
const changedOptions = {
  globalAnnounceEnabled: 'false',
  localAnnounceEnabled: 'false',
  relaysEnabled: 'false',
  natEnabled: 'false',
  urAccepted: '-1',
  crashReportingEnabled: 'false',
  autoUpgradeIntervalH: '0',
  startBrowser: 'false',
  // Only for the start: the first dial may come before the other one listens.
  reconnectionIntervalS: '5',
  // By default it makes itself nicer (9) than every other program on the machine.
  setLowPriority: 'false',
} as const;

const changedFolderAttributes = { fsWatcherDelayS: '1' } as const;

/** The settings that differ from the defaults, for people. */
export const syncthingSettings: readonly string[] = [
  `fixed addresses; ${Object.entries(changedOptions)
    .map(([name, value]) => `${name} ${value}`)
    .join(', ')}`,
  `fsWatcherDelayS ${changedFolderAttributes.fsWatcherDelayS} (default 10); at close() the writer is asked for a scan through its API besides (/rest/db/scan)`,
];

/** The device id and the version of the format in a config.xml that `syncthing generate` made; undefined where it has none. */
export function readGeneratedConfig(xml: string): { readonly deviceId: string; readonly version: string } | undefined {
  const deviceId = /<device id="([A-Z0-9-]{50,})"/.exec(xml)?.[1];
  const version = /<configuration version="(\d+)"/.exec(xml)?.[1];
  return deviceId === undefined || version === undefined ? undefined : { deviceId, version };
}

/** A whole config.xml. What it does not name gets its default when Syncthing reads it. */
export function syncthingConfig(
  version: string,
  own: SyncthingNode,
  peers: readonly SyncthingNode[],
  folderId: string,
  apiKey: string,
): string {
  const attributes = Object.entries(changedFolderAttributes).map(([name, value]) => ` ${name}="${value}"`);
  return [
    `<configuration version="${version}">`,
    `  <folder id="${folderId}" label="${folderId}" path="${escapeXml(own.folder)}" type="sendreceive"${attributes.join('')}>`,
    ...[own, ...peers].map(({ deviceId }) => `    <device id="${deviceId}"></device>`),
    '  </folder>',
    ...[own, ...peers].map(
      ({ deviceId, name, syncAddress }) => `  <device id="${deviceId}" name="${name}"><address>tcp://${syncAddress}</address></device>`,
    ),
    `  <gui enabled="true" tls="false"><address>127.0.0.1:${own.apiPort}</address><apikey>${apiKey}</apikey></gui>`,
    '  <options>',
    `    <listenAddress>tcp://${own.syncAddress}</listenAddress>`,
    ...Object.entries(changedOptions).map(([name, value]) => `    <${name}>${value}</${name}>`),
    '  </options>',
    '</configuration>',
    '',
  ].join('\n');
}

function escapeXml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');
}
