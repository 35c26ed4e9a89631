/** The oldest Node with what the network library needs, and the oldest Electron that the app is tested on. */
const nodeMin = [22, 12] as const;
const electronMajorMin = 33;

/** What to tell a person whose runtime is too old, or undefined where it will do. */
export function refuseOldRuntime(versions: { readonly node: string; readonly electron?: string }): string | undefined {
  if (versions.electron !== undefined) {
    if (Number.parseInt(versions.electron, 10) >= electronMajorMin) return undefined;
    return `Electron ${electronMajorMin} or newer is needed; this is ${versions.electron}.`;
  }
  const [major = 0, minor = 0] = versions.node.split('.').map(Number);
  if (major > nodeMin[0] || (major === nodeMin[0] && minor >= nodeMin[1])) return undefined;
  return `Node ${nodeMin.join('.')} or newer is needed; this is ${versions.node}. In a checkout use: npm run -s dormouse -- COMMAND`;
}
