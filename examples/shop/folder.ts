import { createHash, randomBytes } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { exportPrivateKey, generateKey, type SigningKey } from "../../runtime/artifact/keys.ts";
import { createIssuer } from "./token.ts";

const MESH = join(import.meta.dirname, "mesh");

/** Empties and makes the folder in which one run of the shop keeps everything. */
export function freshFolder(folder: string): void {
  rmSync(folder, { recursive: true, force: true });
  for (const part of ["keys", "logs", "registry", "config", "cache"])
    mkdirSync(join(folder, part), { recursive: true });
}

export interface Secrets {
  readonly publisher: SigningKey;
  readonly releaser: SigningKey;
  /** Bearer tokens for the users service. */
  readonly tokens: { readonly alice: string; readonly bob: string; readonly forged: string };
  readonly apiKey: string;
  /** What the proxies know of the API key. */
  readonly apiKeyDigest: string;
}

const TOKEN_SECONDS = 12 * 3600;

/** Makes the shop's keys and tokens and writes what the proxies need into `keys/`. */
export function makeSecrets(folder: string, now: number): Secrets {
  const publisher = generateKey();
  const releaser = generateKey();
  for (const [name, key] of Object.entries({ publisher, releaser })) {
    writeFileSync(join(folder, "keys", `${name}.key`), exportPrivateKey(key), { mode: 0o600 });
    writeFileSync(join(folder, "keys", `${name}.pub`), key.public.pem);
  }
  const issuer = createIssuer("shop-1");
  writeFileSync(join(folder, "keys", "jwks.json"), issuer.jwks);
  const claims = (sub: string) => ({
    iss: "https://shop.example",
    aud: "shop",
    sub,
    exp: Math.floor(now / 1000) + TOKEN_SECONDS,
  });
  const apiKey = randomBytes(18).toString("base64url");
  return {
    publisher,
    releaser,
    tokens: {
      alice: issuer.token(claims("alice")),
      bob: issuer.token(claims("bob")),
      forged: createIssuer("shop-1").token(claims("alice")),
    },
    apiKey,
    apiKeyDigest: createHash("sha256").update(apiKey).digest("hex"),
  };
}

/** Writes the documents of `mesh/` for one proxy, with `$NAME` replaced. Returns the folder. */
export function writeConfig(folder: string, proxy: string, values: Readonly<Record<string, string | number>>): string {
  const target = join(folder, "config", proxy);
  mkdirSync(target, { recursive: true });
  const sources = [join(MESH, "trust.yaml"), ...readdirSync(join(MESH, proxy)).map((name) => join(MESH, proxy, name))];
  for (const source of sources) {
    const text = readFileSync(source, "utf8").replace(/\$([A-Z0-9_]+)/g, (_, name: string) => {
      const value = values[name];
      if (value === undefined) throw new Error(`${source} names $${name}, which the shop does not set`);
      return String(value);
    });
    writeFileSync(join(target, source.slice(source.lastIndexOf("/") + 1)), text);
  }
  return target;
}
