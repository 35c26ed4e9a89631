export { createLibp2pTransport, type Libp2pTransportOptions } from './transport.ts';
export { chooseNoiseCrypto, sodiumNoiseCrypto, type NoiseCrypto } from './noise-crypto.ts';
