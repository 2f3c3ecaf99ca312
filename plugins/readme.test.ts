import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { parse } from "yaml";
import { mountFilter } from "../runtime/workbench/mount-filter.ts";

const names = readdirSync(import.meta.dirname, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map((entry) => entry.name);

for (const name of names) {
  describe(`the README of ${name}`, () => {
    const folder = join(import.meta.dirname, name);
    const readme = readFileSync(join(folder, "README.md"), "utf8");

    test("shows a configuration that schema and filter accept", async () => {
      const example = /```yaml\n(.*?)```/s.exec(readme)?.[1] ?? "";
      const document = parse(example) as { metadata: { name: string }; spec: { config: unknown } };
      assert.equal(document.metadata.name, name);
      const filter = await mountFilter(folder, { config: document.spec.config });
      assert.notEqual(filter.request().verdict, "fault");
      filter.close();
    });

    test("lists every field of the schema, and no other", () => {
      const schema = JSON.parse(readFileSync(join(folder, "config.schema.json"), "utf8")) as { properties: object };
      const table = /## Configuration\n\n(.*?)\n\n/s.exec(readme)?.[1] ?? "";
      const cells = table.split("\n").map((row) => row.split("|")[1] ?? "");
      const fields = cells.filter((cell) => !cell.includes("…")).flatMap((cell) => [...cell.matchAll(/`(\w+)`/g)]);
      assert.deepEqual(fields.map((match) => match[1]).sort(), Object.keys(schema.properties).sort());
    });

    test("explains every detail that the filter gives", () => {
      const sources = readdirSync(folder).filter((file) => file.endsWith(".ts") && !file.endsWith(".test.ts"));
      const text = sources.map((file) => readFileSync(join(folder, file), "utf8")).join("\n");
      const details = [...text.matchAll(/"((?:jwt|api_key|rate)_[a-z_]+)"/g)].map((match) => match[1] ?? "");
      for (const detail of details) assert.ok(readme.includes(`\`${detail}\``), detail);
    });
  });
}
