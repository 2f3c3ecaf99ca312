import assert from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, test } from "node:test";
import { loadFolder } from "../../runtime/config/load.ts";
import type { Snapshot } from "../../runtime/config/snapshot.ts";
import { type ConfigWatch, type WatchTimers, watchConfig } from "../../runtime/config/watch.ts";
import { gateway, route, service } from "./snapshot-of.ts";

let folder = "";
const opened: ConfigWatch[] = [];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "heddle-config-"));
  write("gateway.yaml", gateway());
  write("routes.yaml", routes("/one"));
});

afterEach(() => {
  for (const watch of opened.splice(0)) watch.close();
  rmSync(folder, { recursive: true, force: true });
});

function write(file: string, text: string): void {
  writeFileSync(join(folder, file), text);
}

function routes(path: string, more = ""): string {
  return `${route({ rules: `[{ matches: [{ path: { value: ${path} } }] }]` })}\n---\n${service("users")}${more}`;
}

const pathsOf = (snapshot: Snapshot) =>
  snapshot.listeners.flatMap((each) =>
    each.routes.flatMap(({ rules }) => rules.flatMap(({ matches }) => matches.map(({ path }) => path.value))),
  );

interface Followed {
  readonly watch: ConfigWatch;
  readonly seen: Snapshot[];
}

/** A watch whose timers never fire: it reads when the test says `refresh`. */
async function follow(timers: WatchTimers = { after: () => () => {} }): Promise<Followed> {
  const seen: Snapshot[] = [];
  const watch = await watchConfig({ folder, timers, onSnapshot: (snapshot) => seen.push(snapshot) });
  opened.push(watch);
  return { watch, seen };
}

describe("last good", () => {
  test("a bad document keeps its own last good version while the rest applies; mended, it applies too", async () => {
    const { watch, seen } = await follow();
    write("routes.yaml", routes("nonsense", `\n---\n${service("orders")}`));
    await watch.refresh();
    assert.deepEqual(pathsOf(watch.current()), ["/one"]);
    assert.ok(watch.current().clusters.has("default/orders:8080"));
    assert.deepEqual(
      watch.rejected().map(({ document, kept, file }) => [document, kept, file]),
      [["HTTPRoute default/r", true, "routes.yaml"]],
    );
    write("routes.yaml", routes("/two"));
    await watch.refresh();
    assert.deepEqual(pathsOf(watch.current()), ["/two"]);
    assert.deepEqual(watch.rejected(), []);
    assert.deepEqual(
      seen.map(({ generation }) => generation),
      [2, 3],
    );
  });

  test("a bad document of which no good version is known is left out, and the rest applies", async () => {
    write("more.yaml", route({ name: "bad", rules: "[{ matches: 1 }]" }));
    const { snapshot, rejected } = await loadFolder({ folder });
    assert.deepEqual(pathsOf(snapshot), ["/one"]);
    assert.deepEqual(
      rejected.map(({ kept }) => kept),
      [false],
    );
  });

  const unreadable: Record<string, (path: string) => void> = {
    "is not YAML": (path) => writeFileSync(path, "a: [1\n"),
    "is no text": (path) => writeFileSync(path, Buffer.from([0xff, 0xfe, 0x00])),
    "is 50 MB": (path) => truncateSync(path, 50 * 1024 * 1024),
    "is an alias bomb": (path) =>
      writeFileSync(
        path,
        Array.from({ length: 20 }, (_, n) =>
          n === 0 ? "a0: &a0 [x]" : `a${n}: &a${n} [${`*a${n - 1},`.repeat(9)}]`,
        ).join("\n"),
      ),
    "is a folder": (path) => {
      rmSync(path);
      mkdirSync(path);
    },
    "is a dangling link": (path) => {
      rmSync(path);
      symlinkSync("nowhere", path);
    },
  };
  for (const [what, spoil] of Object.entries(unreadable)) {
    test(`a file that ${what} keeps everything that came from it`, async () => {
      const { watch, seen } = await follow();
      spoil(join(folder, "routes.yaml"));
      await watch.refresh();
      assert.deepEqual(pathsOf(watch.current()), ["/one"]);
      assert.ok(watch.current().clusters.has("default/users:8080"));
      assert.deepEqual(
        watch.rejected().map(({ kept, file }) => [kept, file]),
        [[true, "routes.yaml"]],
      );
      assert.deepEqual(seen, []);
    });
  }

  test("a document that is gone is gone, and so is an emptied file", async () => {
    const { watch } = await follow();
    write("routes.yaml", service("users"));
    await watch.refresh();
    assert.deepEqual(pathsOf(watch.current()), []);
    write("routes.yaml", "");
    await watch.refresh();
    assert.equal(watch.current().clusters.size, 0);
    assert.equal(watch.current().listeners.length, 1);
  });

  test("a second document of the same name is refused, and the one that was there stays", async () => {
    const { watch } = await follow();
    write("a-newcomer.yaml", route({ rules: "[{ matches: [{ path: { value: /stolen } }] }]" }));
    await watch.refresh();
    assert.deepEqual(pathsOf(watch.current()), ["/one"]);
    const [rejection] = watch.rejected();
    assert.deepEqual([rejection?.file, rejection?.code], ["a-newcomer.yaml", "CONFIG_DUPLICATE"]);
    assert.match(
      rejection?.problems[0] ?? "",
      /expected one document of this kind and name, got another; routes\.yaml:2 is used/,
    );
  });

  test("while the folder is away everything stays, and it comes back", async () => {
    const { watch, seen } = await follow();
    renameSync(folder, `${folder}-away`);
    await watch.refresh();
    assert.deepEqual(pathsOf(watch.current()), ["/one"]);
    assert.equal(watch.rejected()[0]?.kept, true);
    renameSync(`${folder}-away`, folder);
    await watch.refresh();
    assert.deepEqual(watch.rejected(), []);
    assert.deepEqual(seen, []);
  });

  test("the first load of a folder that is not there says so", async () => {
    await assert.rejects(
      watchConfig({ folder: join(folder, "none"), onSnapshot: () => {} }),
      /expected a readable folder/,
    );
  });
});

describe("watching", () => {
  test("contents count: a touched or equally rewritten file makes no generation", async () => {
    const { watch, seen } = await follow();
    utimesSync(join(folder, "routes.yaml"), 1, 1);
    write("gateway.yaml", gateway());
    await watch.refresh();
    assert.deepEqual([seen, watch.current().generation], [[], 1]);
  });

  test("only configuration files count, and hidden ones do not", async () => {
    const { watch } = await follow();
    write("README.md", "not: [yaml");
    write(".hidden.yaml", "not: [yaml");
    write(
      "more.json",
      JSON.stringify({ apiVersion: "v1", kind: "Service", metadata: { name: "j" }, spec: { ports: [{ port: 1 }] } }),
    );
    await watch.refresh();
    assert.deepEqual(watch.rejected(), []);
    assert.ok(watch.current().clusters.has("default/j:1"));
  });

  test("onRejected is told when what is refused changes, and once it is mended", async () => {
    const told: number[] = [];
    const watch = await watchConfig({
      folder,
      timers: { after: () => () => {} },
      onSnapshot: () => {},
      onRejected: (rejected) => told.push(rejected.length),
    });
    opened.push(watch);
    write("bad.yaml", "kind: Nothing\n");
    await watch.refresh();
    await watch.refresh();
    write("bad.yaml", "");
    await watch.refresh();
    assert.deepEqual(told, [1, 0]);
  });

  test("nothing is reported after close", async () => {
    const { watch, seen } = await follow();
    write("routes.yaml", routes("/two"));
    const reading = watch.refresh();
    watch.close();
    await reading;
    assert.deepEqual(seen, []);
  });

  const edits: Record<string, () => void> = {
    "is written in place": () => write("routes.yaml", routes("/two")),
    "is replaced by a rename": () => {
      write("routes.tmp", routes("/two"));
      renameSync(join(folder, "routes.tmp"), join(folder, "routes.yaml"));
    },
    "is emptied, then filled": () => {
      write("routes.yaml", "");
      write("routes.yaml", routes("/two"));
    },
    "is deleted and made again": () => {
      rmSync(join(folder, "routes.yaml"));
      write("routes.yaml", routes("/two"));
    },
    "becomes a link to another": () => {
      mkdirSync(join(folder, "v2"));
      write("v2/routes.yaml", routes("/two"));
      rmSync(join(folder, "routes.yaml"));
      symlinkSync("v2/routes.yaml", join(folder, "routes.yaml"));
    },
    "was forbidden, and changes": () => {
      chmodSync(join(folder, "routes.yaml"), 0o200);
      write("routes.yaml", routes("/two"));
      chmodSync(join(folder, "routes.yaml"), 0o600);
    },
  };
  for (const [how, edit] of Object.entries(edits)) {
    test(`a file that ${how} is followed, with real events and timers`, async () => {
      const next = Promise.withResolvers<Snapshot>();
      const watch = await watchConfig({ folder, debounce: 10, poll: 50, onSnapshot: next.resolve });
      opened.push(watch);
      edit();
      const alive = setInterval(() => {}, 1000);
      assert.deepEqual(pathsOf(await next.promise), ["/two"]);
      clearInterval(alive);
    });
  }

  test("polling finds a key file beside the folder that comes late, without any event", async () => {
    const key = join(folder, "keys", "a.pub");
    const next = Promise.withResolvers<Snapshot>();
    mkdirSync(join(folder, "keys"));
    write(
      "trust.yaml",
      `{ apiVersion: mesh.heddle/v1alpha1, kind: Trust, metadata: { name: t }, spec: { publishers: [{ name: a, publicKeyFile: keys/a.pub }] } }`,
    );
    const watch = await watchConfig({ folder, debounce: 5, poll: 10, onSnapshot: next.resolve });
    opened.push(watch);
    assert.match(watch.rejected()[0]?.problems[0] ?? "", /publicKeyFile: expected a readable file/);
    const pem = generateKeyPairSync("ed25519").publicKey.export({ type: "spki", format: "pem" });
    const alive = setInterval(() => {}, 1000);
    writeFileSync(key, pem);
    const { trust } = await next.promise;
    clearInterval(alive);
    assert.deepEqual(trust.publishers, [{ name: "a", publicKey: pem }]);
    assert.deepEqual(watch.rejected(), []);
  });
});
