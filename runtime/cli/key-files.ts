import { readFile, writeFile } from "node:fs/promises";
import { basename } from "node:path";
import { encryptPkcs8 } from "../artifact/encrypted-key.ts";
import { loadPrivateKey, loadPublicKey, type SigningKey, type TrustedKey } from "../artifact/keys.ts";
import { HeddleError, messageOf } from "../errors.ts";

/** The password of private keys: HEDDLE_KEY_PASSWORD, else the empty one. */
export function keyPassword(): string {
  return process.env.HEDDLE_KEY_PASSWORD ?? "";
}

/** Throws KEY_INVALID, KEY_PASSWORD. */
export async function readSigningKey(path: string): Promise<SigningKey> {
  return loadPrivateKey(await readKey(path), { password: keyPassword(), where: path });
}

/** Trusted under the file's name. Throws KEY_INVALID. */
export async function readTrustedKey(path: string): Promise<TrustedKey> {
  const { pem } = loadPublicKey(await readKey(path), path);
  return { name: basename(path).replace(/\.(pub|pem)$/, ""), publicKey: pem };
}

/** Writes `<stem>.key` (sealed, readable by its owner alone) and `<stem>.pub`; never over an existing file. Throws USAGE. */
export async function writeKeyPair(stem: string, key: SigningKey): Promise<{ key: string; pub: string }> {
  const paths = { key: `${stem}.key`, pub: `${stem}.pub` };
  const sealed = encryptPkcs8(key.key.export({ type: "pkcs8", format: "der" }), keyPassword());
  await writeNew(paths.key, sealed, 0o600);
  await writeNew(paths.pub, key.public.pem, 0o644);
  return paths;
}

async function writeNew(path: string, text: string, mode: number): Promise<void> {
  try {
    await writeFile(path, text, { flag: "wx", mode });
  } catch (cause) {
    const exists = (cause as NodeJS.ErrnoException).code === "EEXIST";
    throw new HeddleError("USAGE", exists ? "expected no such file yet, there is one" : messageOf(cause), {
      where: path,
      cause,
      remedy: exists
        ? "Choose another name with --out; a key is never overwritten."
        : "Choose another folder with --out.",
    });
  }
}

async function readKey(path: string): Promise<string> {
  try {
    return await readFile(path, "utf8");
  } catch (cause) {
    throw new HeddleError("KEY_INVALID", `could not read the key file: ${messageOf(cause)}`, { where: path, cause });
  }
}
