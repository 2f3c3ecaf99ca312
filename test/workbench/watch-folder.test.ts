import assert from "node:assert/strict";
import { rmSync, utimesSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { test } from "node:test";
import { FOREIGN } from "../../runtime/workbench/filter-files.ts";
import { watchFolder } from "../../runtime/workbench/watch-folder.ts";
import { filterFolder } from "../build/filter-folder.ts";

test("a file is reported when its content has changed, however many events there are of it", async (t) => {
  const folder = filterFolder(t, { "a.ts": "0", "b.ts": "0", "note.md": "0" });
  const told: string[] = [];
  let wake = () => {};
  const watch = watchFolder({
    folder,
    ignore: FOREIGN,
    counts: (path) => path.endsWith(".ts"),
    onChange(paths) {
      told.push(...paths.map((path) => basename(path)));
      wake();
    },
  });
  t.after(watch.close);
  const count = (name: string) => told.filter((each) => each === name).length;
  const toldOf = async (name: string, times: number) => {
    while (count(name) < times) await new Promise<void>((resolve) => (wake = resolve));
  };
  const write = (name: string, text: string) => writeFileSync(join(folder, name), text);

  write("a.ts", "1");
  await toldOf("a.ts", 1);
  utimesSync(join(folder, "a.ts"), 1, 1);
  write("a.ts", "1");
  write("note.md", "1");
  write("b.ts", "1");
  await toldOf("b.ts", 1);
  write("a.ts", "2");
  await toldOf("a.ts", 2);
  rmSync(join(folder, "a.ts"));
  await toldOf("a.ts", 3);
  assert.deepEqual(new Set(told), new Set(["a.ts", "b.ts"]));
  assert.deepEqual([count("a.ts"), count("b.ts")], [3, 1]);
});
