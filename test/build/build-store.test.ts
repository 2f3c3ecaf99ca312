import assert from "node:assert/strict";
import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { sha256 } from "../../runtime/artifact/digest.ts";
import { type BuildResult, createBuildStore } from "../../runtime/build/build-store.ts";
import { createSources } from "../../runtime/build/sources.ts";

async function folder(t: TestContext): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), "heddle-build-store-"));
  t.after(() => rm(path, { recursive: true, force: true }));
  return path;
}

/** A build that reads index.ts and part.ts, and counts how often it had to run. */
async function counting(t: TestContext) {
  const [source, kept] = [await folder(t), await folder(t)];
  const built: string[] = [];
  const write = (name: string, text: string) => writeFile(join(source, name), text);
  await write("index.ts", "one");
  await write("plugin.json", "{}");
  const take = () => {
    const sources = createSources(source);
    return createBuildStore(kept).take(sources, async () => {
      const text = `${sources.read("index.ts")} ${sources.read("part.ts")}`;
      built.push(text);
      return result(text);
    });
  };
  return { take, write, kept, built };
}

function result(text: string): BuildResult {
  const component = new TextEncoder().encode(text);
  return {
    target: "component",
    component,
    manifest: { name: "n" } as BuildResult["manifest"],
    digest: sha256(component),
    sourceMap: "{}",
  };
}

test("the same files are built once, by whichever process comes first", async (t) => {
  const { take, built } = await counting(t);
  const first = await take();
  const second = await take();
  assert.deepEqual(built, ["one null"]);
  assert.deepEqual({ ...second, component: [...second.component] }, { ...first, component: [...first.component] });
});

test("a change of any file that the build read, or had looked for, builds again", async (t) => {
  const { take, write, built } = await counting(t);
  await take();
  await write("part.ts", "two");
  await take();
  await write("part.ts", "three");
  await take();
  await write("index.ts", "four");
  await take();
  await write("plugin.json", "{ }");
  await take();
  await take();
  assert.deepEqual(built, ["one null", "one two", "one three", "four three", "four three"]);
});

test("an entry that is damaged is built again", async (t) => {
  const { take, kept, built } = await counting(t);
  await take();
  for (const damaged of ["", "{", '{"reads":[],"component":"AAAA","digest":"sha256:0"}']) {
    for (const name of await readdir(kept)) await writeFile(join(kept, name), damaged);
    assert.equal(Buffer.from((await take()).component).toString(), "one null");
  }
  assert.equal(built.length, 4);
});
