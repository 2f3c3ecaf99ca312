import assert from "node:assert/strict";
import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { main } from "../../../runtime/cli/main.ts";
import { createRegistry } from "../../../runtime/registry/registry.ts";
import { createToken } from "../../../runtime/registry/tokens.ts";
import { temporaryFolder } from "../../delivery/sample-plugins.ts";

interface Run {
  readonly code: number;
  readonly out: string;
  readonly said: string;
}

/** Runs the command line in process. */
async function heddle(...args: string[]): Promise<Run> {
  const [out, said]: [string[], string[]] = [[], []];
  const code = await main(args, {
    print: (line) => void out.push(line),
    json: (value) => void out.push(JSON.stringify(value)),
    say: (line) => void said.push(line),
    paint: (_, text) => text,
    interactive: false,
  });
  return { code, out: out.join("\n"), said: said.join("\n") };
}

const FILTER = `import { Action, response } from "heddle/sdk";
export function onResponse(): Action {
  response.setHeader("x-seen", "yes");
  return Action.Next;
}
`;

/** A folder with a filter, keys of a publisher and a stranger, and a running registry. */
async function workshop(t: TestContext) {
  const dir = temporaryFolder(t);
  const { secret, token } = createToken({ name: "ci", scopes: ["push", "pull", "release", "status"] });
  const registry = await createRegistry({ dir: join(dir, "registry"), tokens: [token] });
  t.after(() => registry.close());
  const { url } = await registry.listen();
  const folder = join(dir, "seen");
  mkdirSync(folder);
  writeFileSync(join(folder, "index.ts"), FILTER);
  writeFileSync(join(folder, "plugin.json"), '{"name":"seen","version":"1.0.0","description":"Marks responses."}');
  for (const name of ["acme", "stranger"]) await heddle("keys", "generate", "--out", join(dir, name));
  return {
    ...{ dir, folder, url, token: secret },
    reference: `${new URL(url).host}/acme/seen`,
    key: (name: string) => join(dir, `${name}.key`),
    pub: (name: string) => join(dir, `${name}.pub`),
  };
}

test("keys, push, verify, inspect, release and get, as a publisher uses them", async (t) => {
  const { dir, folder, url, token, reference, key, pub } = await workshop(t);
  const access = ["--token", token];

  const pushed = await heddle(
    "push",
    `${reference}:1.0.0`,
    "--folder",
    folder,
    "--key",
    key("acme"),
    "--json",
    ...access,
  );
  assert.equal(pushed.code, 0, pushed.said);
  const { digest, name, version, signed } = JSON.parse(pushed.out);
  assert.deepEqual([name, version, signed], ["seen", "1.0.0", true]);
  assert.match(digest, /^sha256:[0-9a-f]{64}$/);

  const verified = await heddle("verify", `${reference}:1.0.0`, "--key", pub("acme"));
  assert.equal(verified.code, 0, verified.said);
  for (const words of ["seen 1.0.0", digest, "signed by", "acme", "response"])
    assert.ok(verified.out.includes(words), words);

  const stranger = await heddle("verify", `${reference}:1.0.0`, "--key", pub("stranger"));
  assert.equal(stranger.code, 1);
  assert.match(stranger.said, /SIGNATURE_KEY_UNKNOWN/);

  const inspected = JSON.parse((await heddle("inspect", `${reference}@${digest}`, "--json")).out);
  assert.deepEqual(
    [inspected.hooks, inspected.capabilities, inspected.digest],
    [["on-response"], ["log", "response"], digest],
  );
  assert.equal(inspected.signatures.length, 2);
  const [{ imports, functions, bytes, meteredBytes }] = inspected.modules;
  assert.ok(
    imports.some((one: string) => /^heddle:policy\/response@\S+ set-header$/.test(one)),
    imports.join(),
  );
  assert.ok(functions > 5 && meteredBytes > bytes);
  assert.equal(inspected.refusal, undefined);

  const released = await heddle(
    "release",
    "shop",
    `${reference}:1.0.0`,
    "--key",
    key("acme"),
    "--name",
    "seen",
    "--publisher",
    pub("acme"),
    ...access,
  );
  assert.equal(released.code, 0, released.said);
  assert.match(released.out, /mesh shop runs seen 1\.0\.0 from state 1 on/);
  const digestReference = `${reference}@${digest}`;
  const together = await heddle(
    "release",
    "depot",
    `${reference}:1.0.0`,
    digestReference,
    "--key",
    key("acme"),
    ...access,
  );
  assert.deepEqual([together.code, together.out.match(/depot runs seen 1\.0\.0 from state 1 on/g)?.length], [0, 2]);
  const refused = await heddle(
    "release",
    "shop",
    `${reference}:1.0.0`,
    "--key",
    key("acme"),
    "--publisher",
    pub("stranger"),
    ...access,
  );
  assert.deepEqual([refused.code, /SIGNATURE_KEY_UNKNOWN/.test(refused.said)], [1, true]);
  const renamed = await heddle(
    "release",
    "shop",
    `${reference}:1.0.0`,
    "--key",
    key("acme"),
    "--name",
    "other",
    ...access,
  );
  assert.equal(renamed.code, 2);

  const plugins = await heddle("get", "plugins", "--registry", url, "--mesh", "shop");
  assert.match(plugins.out, /NAME\s+VERSION\s+REPOSITORY\s+DIGEST\nseen\s+1\.0\.0\s+acme\/seen\s+sha256:/);
  const proxies = await heddle("get", "proxies", "--registry", url, "--mesh", "shop", "--json");
  assert.equal(proxies.out, "[]");
  assert.ok(existsSync(dir));
});

test("a plugin pushed unsigned is said to be, and can be signed later", async (t) => {
  const { folder, token, reference, key, pub } = await workshop(t);
  const access = ["--token", token];
  const pushed = await heddle("push", reference, "--folder", folder, ...access);
  assert.deepEqual([pushed.code, /unsigned/.test(pushed.said)], [0, true]);
  assert.match((await heddle("verify", `${reference}:1.0.0`, "--key", pub("acme"))).said, /SIGNATURE_MISSING/);
  assert.equal((await heddle("sign", `${reference}:1.0.0`, "--key", key("acme"), ...access)).code, 0);
  assert.equal((await heddle("verify", `${reference}:1.0.0`, "--key", pub("acme"))).code, 0);
});

test("a component on disk is inspected and signed as well", async (t) => {
  const { folder, dir, key } = await workshop(t);
  assert.equal((await heddle("build", folder)).code, 0);
  const file = join(folder, "dist", "seen.wasm");
  const signed = await heddle("sign", file, "--key", key("acme"), "--json");
  assert.equal(signed.code, 0, signed.said);
  const found = JSON.parse((await heddle("inspect", file, "--json")).out);
  assert.deepEqual([found.name, found.signatures.length, found.digest], ["seen", 1, JSON.parse(signed.out).digest]);
  const text = join(dir, "text.wasm");
  writeFileSync(text, "This is not a component.");
  const refused = await heddle("inspect", text);
  assert.deepEqual([refused.code, /ARTIFACT_NOT_WASM/.test(refused.said)], [1, true]);
});

test("keys are sealed, private, and never overwritten", async (t) => {
  const out = join(temporaryFolder(t), "k");
  const made = await heddle("keys", "generate", "--out", out, "--type", "ed25519");
  assert.equal(made.code, 0);
  assert.match(made.said, /HEDDLE_KEY_PASSWORD is not set/);
  const sealed = readFileSync(`${out}.key`, "utf8");
  assert.match(sealed, /ENCRYPTED SIGSTORE PRIVATE KEY/);
  if (process.platform !== "win32") assert.equal(statSync(`${out}.key`).mode & 0o777, 0o600);
  const again = await heddle("keys", "generate", "--out", out);
  assert.equal(again.code, 2);
  assert.match(again.said, /never overwritten/);
  assert.equal(readFileSync(`${out}.key`, "utf8"), sealed);
  assert.equal((await heddle("keys", "generate", "--out", `${out}2`, "--type", "rsa")).code, 2);
});

const wrong: readonly { name: string; args: readonly string[]; code: number; says?: RegExp }[] = [
  { name: "push without a reference", args: ["push"], code: 2 },
  { name: "verify without a key", args: ["verify", "127.0.0.1:1/a/b:1.0.0"], code: 2 },
  {
    name: "a reference without a host",
    args: ["verify", "seen:1.0.0", "--key", "missing.pub"],
    code: 1,
    says: /KEY_INVALID|REFERENCE_INVALID/,
  },
  {
    name: "a component's file that is not there",
    args: ["inspect", "dist/none.wasm"],
    code: 2,
    says: /expected a component's file, but there is none \(dist\/none\.wasm\)/,
  },
  {
    name: "a registry that is not there",
    args: ["inspect", "127.0.0.1:1/a/b:1.0.0"],
    code: 1,
    says: /REGISTRY_UNREACHABLE.*Check its address/,
  },
  {
    name: "a mesh with a bad name",
    args: ["get", "plugins", "--registry", "http://127.0.0.1:1", "--mesh", "Shop!"],
    code: 2,
  },
  {
    name: "plain http to another machine",
    args: ["get", "plugins", "--registry", "http://192.0.2.1", "--mesh", "shop"],
    code: 1,
    says: /expected https/,
  },
];
for (const { name, args, code, says } of wrong) {
  test(`${name} ends with exit code ${code}`, async () => {
    const run = await heddle(...args);
    assert.equal(run.code, code);
    if (says !== undefined) assert.match(run.said, says);
  });
}
