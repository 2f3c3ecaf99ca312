/** A registry, and a person's machine in front of it: a home, credentials, and the real programs. */

import { execFile } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { promisify } from "node:util";
import { parseReference } from "../../runtime/artifact/reference.ts";
import { createOciClient, type OciClient } from "../../runtime/delivery/oci/client.ts";
import { createRegistry } from "../../runtime/registry/registry.ts";
import { createToken } from "../../runtime/registry/tokens.ts";
import { temporaryFolder } from "../delivery/sample-plugins.ts";
import { findPeer } from "../peer.ts";

const execute = promisify(execFile);
const HEDDLE = [process.execPath, join(import.meta.dirname, "..", "..", "runtime", "cli", "entry.ts")] as const;
const PASSWORD = "correct horse";
/** Nothing listens there: a program that wants anything but loopback fails. */
const NOWHERE = "http://127.0.0.1:1";

export interface Site {
  readonly host: string;
  readonly client: OciClient;
  readonly secret: string;
}

/** A registry on a free port; anybody may pull, `secret` may push. */
export async function startSite(t: TestContext): Promise<Site> {
  const { secret, token } = createToken({ name: "ci", scopes: ["push", "pull"] });
  const registry = await createRegistry({ dir: temporaryFolder(t), tokens: [token] });
  const { url } = await registry.listen();
  const client = createOciClient({ url, token: secret });
  t.after(async () => {
    await client.close();
    await registry.close();
  });
  return { host: new URL(url).host, client, secret };
}

export interface Output {
  readonly stdout: string;
  /** What the program says to a person, usually on standard error. */
  readonly stderr: string;
}

export interface Workstation {
  /** The working folder of every program. */
  readonly folder: string;
  run(program: "cosign" | "oras" | "heddle", ...args: readonly string[]): Promise<Output>;
}

/** Logged in to all sites, with one password for all keys. A program that fails rejects with its output. */
export function createWorkstation(t: TestContext, ...sites: readonly Site[]): Workstation {
  const folder = temporaryFolder(t);
  const login = (secret: string) => ({ auth: Buffer.from(`ci:${secret}`).toString("base64") });
  const auths = Object.fromEntries(sites.map(({ host, secret }) => [host, login(secret)]));
  mkdirSync(join(folder, "docker"));
  writeFileSync(join(folder, "docker", "config.json"), JSON.stringify({ auths }));
  const env = {
    ...{ PATH: process.env.PATH ?? "", HOME: folder, DOCKER_CONFIG: join(folder, "docker") },
    ...{ HTTP_PROXY: NOWHERE, HTTPS_PROXY: NOWHERE, NO_COLOR: "1" },
    ...{ COSIGN_PASSWORD: PASSWORD, HEDDLE_KEY_PASSWORD: PASSWORD, HEDDLE_TOKEN: sites[0]?.secret ?? "" },
  };
  return {
    folder,
    run: (program, ...args) => {
      const [file = "", ...before] = program === "heddle" ? HEDDLE : [findPeer(program)];
      return execute(file, [...before, ...args], { cwd: folder, env, timeout: 60_000 });
    },
  };
}

/** What `client` and friends call `host/acme/label[:tag]`. */
export function referenceAt({ host }: Site, tag = "") {
  return parseReference(`${host}/acme/label${tag && `:${tag}`}`);
}
