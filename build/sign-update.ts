// Signs the files that the manifests in a folder name: a signature beside each file (FILE.sig), and in the manifest's entry for it.
// Use: DORMOUSE_UPDATE_PRIVATE_KEY=... node build/sign-update.ts FOLDER     (the key: PKCS #8 in PEM)
//      node build/sign-update.ts --new-key     prints a new pair: the private key for releases, the public one for builds
import { createPrivateKey, generateKeyPairSync } from 'node:crypto';
import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { signManifest } from './update-manifest.ts';

const [word] = process.argv.slice(2);
if (word === '--new-key') printNewKey();
else if (word === undefined) fail('Name the folder of the manifests, or --new-key.');
else signFolder(word);

function signFolder(folder: string): void {
  const pem = process.env['DORMOUSE_UPDATE_PRIVATE_KEY'];
  if (pem === undefined || pem === '') return fail('DORMOUSE_UPDATE_PRIVATE_KEY is not set; it holds the private key in PEM.');
  const key = createPrivateKey(pem);
  const manifests = readdirSync(folder).filter((name) => /^(latest|beta)(-\w+)*\.yml$/.test(name));
  if (manifests.length === 0) return fail(`${folder} has no manifest (latest*.yml); build the packages first.`);
  for (const name of manifests) {
    const path = join(folder, name);
    const signed = signManifest(readFileSync(path, 'utf8'), key);
    writeFileSync(path, signed.text);
    for (const { file, signature } of signed.files) {
      writeFileSync(join(folder, `${file}.sig`), `${signature}\n`);
      console.log(`${name}: ${file}`);
    }
  }
}

function printNewKey(): void {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  const raw = publicKey.export({ format: 'der', type: 'spki' }).subarray(-32);
  console.log(`${String(privateKey.export({ format: 'pem', type: 'pkcs8' }))}\nDORMOUSE_UPDATE_PUBLIC_KEY=${raw.toString('base64')}`);
}

function fail(text: string): void {
  console.error(text);
  process.exitCode = 1;
}
