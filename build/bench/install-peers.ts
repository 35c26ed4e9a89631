import { spawnSync, type SpawnSyncOptions } from 'node:child_process';

const peers = [
  { program: 'syncthing', debianPackage: 'syncthing' },
  { program: 'rsync', debianPackage: 'rsync' },
] as const;
const aptMsMax = 10 * 60_000;

/** Installs the peers that are missing with apt. Gives in words what it could not do; undefined where all are there. */
export function installPeers(): string | undefined {
  const missing = peers.filter(({ program }) => spawnSync(program, ['--version'], { stdio: 'ignore' }).error !== undefined);
  if (missing.length === 0) return undefined;
  const packages = missing.map(({ debianPackage }) => debianPackage);
  const by = `apt-get install ${packages.join(' ')}`;
  if (process.getuid?.() !== 0) return `Installing takes root. Run as root: ${by}`;
  // Standard output belongs to the report.
  const options: SpawnSyncOptions = {
    stdio: ['ignore', 2, 2],
    timeout: aptMsMax,
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
  };
  const install = (): boolean => spawnSync('apt-get', ['install', '--yes', '--no-install-recommends', ...packages], options).status === 0;
  // The lists of packages may be missing or old.
  if (install()) return undefined;
  spawnSync('apt-get', ['update'], options);
  return install() ? undefined : `"${by}" failed; what it said is above.`;
}
