import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { type BuiltPlugin, buildPlugin } from "../../runtime/build/build-plugin.ts";

/** A version that calls itself faulty traps at every response. */
const sourceOf = (version: string) => `import { Action, config, response } from "heddle/sdk";

let label = "";

export function configure(): string | null {
  label = config.string("label", "none");
  if (label == "refuse me") return "label may not be that";
  return null;
}

export function onResponse(): Action {
  ${version.includes("faulty") ? 'assert(label == "well", "as it was built");' : ""}
  response.setHeader("x-label", label);
  response.setHeader("x-version", "${version}");
  return Action.Next;
}
`;

const SCHEMA = {
  type: "object",
  additionalProperties: false,
  properties: { label: { type: "string", maxLength: 20 } },
};

export function temporaryFolder(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), "heddle-delivery-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

const built = new Map<string, Promise<BuiltPlugin>>();

/** The filter `label` in some version, compiled once for all tests of a file. */
export function labelPlugin(version: string, name = "label"): Promise<BuiltPlugin> {
  const key = `${name} ${version}`;
  const made = built.get(key) ?? build(name, version);
  built.set(key, made);
  return made;
}

async function build(name: string, version: string): Promise<BuiltPlugin> {
  const folder = mkdtempSync(join(tmpdir(), "heddle-sample-"));
  try {
    writeFileSync(join(folder, "index.ts"), sourceOf(version));
    writeFileSync(join(folder, "config.schema.json"), JSON.stringify(SCHEMA));
    const plugin = { name, version, description: "Labels every response.", license: "Apache-2.0", author: "Nobody" };
    writeFileSync(join(folder, "plugin.json"), JSON.stringify(plugin));
    return await buildPlugin({ folder });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
