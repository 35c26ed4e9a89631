/** Ids of the devices of the window's fixture; their last characters are what people see. */
export const fixtureIds = {
  self: '12D3KooWQmyOwnDeviceaB3xQ7f',
  thinkpad: '12D3KooWAnnasThinkPadzK8wL2m',
  nas: '12D3KooWTheNasInTheCellarpT5rN9c',
  studio: '12D3KooWStudioMacBookvH4jD6s',
} as const;
