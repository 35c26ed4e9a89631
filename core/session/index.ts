export * from './types.ts';
export * from './supervisor.ts';
export * from './retry.ts';
export * from './resume/resume-detector.ts';
export type { ResumeCause, WakeAction } from './resume/fuse.ts';
export { hasUsableNetwork, isLoopbackAddress } from './usable-network.ts';
export * from './pairing-host.ts';
export * from './pairing-guest.ts';
export type { PairedPeer } from './pairing-proof.ts';
