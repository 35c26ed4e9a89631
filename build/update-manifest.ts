import type { KeyObject } from 'node:crypto';
import { signUpdate } from '../main/updates/signature.ts';

export interface SignedManifest {
  readonly text: string;
  readonly files: readonly { readonly file: string; readonly signature: string }[];
}

/**
 * A manifest of electron-builder (`latest*.yml`) with a `signature` in the entry of each file. Works on its lines, of which the form is
 * fixed, so that everything else in it stays as it was written. Throws where the form is another one.
 */
export function signManifest(text: string, key: KeyObject): SignedManifest {
  const version = /^version: (\S+)$/m.exec(text)?.[1];
  if (version === undefined) throw new Error('The manifest names no version.');
  const files: { file: string; signature: string }[] = [];
  const entry = /^( *)- url: (\S+)\n((?: +(?!signature:)\S.*\n)*? +)sha512: (\S+)\n(?: +signature: \S+\n)?/gm;
  const signed = text.replace(entry, (_all, indent: string, file: string, between: string, sha512: string) => {
    const signature = signUpdate(version, sha512, key);
    files.push({ file, signature });
    return `${indent}- url: ${file}\n${between}sha512: ${sha512}\n${indent}  signature: ${signature}\n`;
  });
  if (files.length === 0) throw new Error('The manifest names no file.');
  return { text: signed, files };
}
