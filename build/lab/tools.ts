import { spawnSync } from 'node:child_process';

/** What the lab uses of the system, with the Debian package that has it. */
const tools = [
  { argv: ['ip', '-Version'], package: 'iproute2' },
  { argv: ['tc', '-Version'], package: 'iproute2' },
  { argv: ['iptables', '--version'], package: 'iptables' },
  { argv: ['nsenter', '--version'], package: 'util-linux' },
] as const;

/** What is missing, in words; undefined where everything is there. */
export function findTools(): string | undefined {
  const missing = tools.filter(({ argv: [command, ...args] }) => spawnSync(command, args).status !== 0);
  if (missing.length === 0) return undefined;
  return `${missing.map((tool) => `"${tool.argv[0]}" (package ${tool.package})`).join(' and ')} cannot be run here`;
}
