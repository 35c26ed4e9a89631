/** A view of the window as the fixture fills it: its name, the hash that leads to it, something that must be there, and what is scrolled to. */
export type FixtureView = readonly [name: string, hash: string, present: string, scrollTo?: string];

const photos = `#/folders/${'a0'.repeat(32)}`;

/** Every view of the window. */
export const fixtureViews: readonly FixtureView[] = [
  ['folders', '#/folders', 'text=Fetching 214 files'],
  ['folder', photos, 'text=Left out'],
  ['folder-end', photos, 'text=Left out', 'button:has-text("Remove")'],
  ['folder-waiting', `#/folders/${'a2'.repeat(32)}`, 'text=Left out'],
  ['devices', '#/devices', 'text=Sleep and wake'],
  ['device', '#/devices/12D3KooWAnnasThinkPadzK8wL2m', 'text=Fixed addresses'],
  ['pair', '#/pair', '.qr'],
  ['activity', '#/activity', '.strip'],
  ['conflicts', '#/attention/conflicts', '.versions'],
  ['problems', '#/attention/problems', 'text=01 Opening.flac'],
  ['incidents', '#/attention/incidents', 'text=two agents'],
  ['trash', '#/attention/trash', 'text=Draft 00001'],
  ['settings', '#/settings', 'text=About Dormouse'],
  ['settings-end', '#/settings', 'text=About Dormouse', 'text=About Dormouse'],
];
