import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { gunzipSync, gzipSync } from "node:zlib";
import fc from "fast-check";
import { pluginInArchive } from "../../runtime/artifact/tar-archive.ts";
import { isHeddleError } from "../../runtime/errors.ts";
import { type ArchiveEntry, gzippedArchive } from "./archives.ts";

const wasm: ArchiveEntry = { name: "plugin.wasm", bytes: Buffer.from("\0asm") };
const other: ArchiveEntry = { name: "runtime-config.json", bytes: Buffer.alloc(700, "x") };

const FOUND: readonly (readonly [name: string, entries: readonly ArchiveEntry[]])[] = [
  ["alone", [wasm]],
  ["behind other files", [other, { name: "folder/", type: "5" }, wasm]],
  ["in front of others", [wasm, other]],
  ["in a folder", [{ ...wasm, name: "./plugin.wasm" }]],
  ["in a folder with a long name", [{ ...wasm, prefix: "a/long/path" }]],
  ["of the oldest kind", [{ ...wasm, type: "\0" }]],
  ["behind a header of pax", [{ name: "PaxHeader", type: "x", bytes: Buffer.from("11 a=b\n") }, wasm]],
];

const REFUSED: readonly (readonly [name: string, entries: readonly ArchiveEntry[], message: RegExp])[] = [
  ["nothing", [], /it has no plugin\.wasm/],
  ["other files", [other, { ...wasm, name: "plugin.wasm.txt" }], /it has no plugin\.wasm/],
  ["two of them", [wasm, { ...wasm, name: "b/plugin.wasm" }], /more than one/],
  ["a link", [{ name: "plugin.wasm", type: "2" }], /no plain file/],
  ["a hard link", [{ name: "plugin.wasm", type: "1" }], /no plain file/],
  ["a size beyond its end", [{ ...wasm, size: "00000777777\0" }], /ends before its last file/],
  ["a size that is none", [{ ...wasm, size: "-0000000001\0" }], /size is no number/],
  ["a size in base 256", [{ ...wasm, size: "\x80\0\0\0\0\0\0\0\0\0\0\x04" }], /size is no number/],
  ["a checksum of another header", [{ ...wasm, checksum: "000001\0 " }], /checksum does not fit/],
  ["too many files", Array.from({ length: 1025 }, () => ({ name: "a" })), /more than 1024 entries/],
];

describe("plugin.wasm of a layer is found", () => {
  for (const [name, entries] of FOUND) {
    test(name, () => assert.equal(Buffer.from(pluginInArchive(gzippedArchive(entries))).toString(), "\0asm"));
  }

  test("where no empty blocks end the archive", () => {
    assert.equal(pluginInArchive(gzippedArchive([wasm], 0)).length, 4);
  });
});

describe("a layer is refused", () => {
  for (const [name, entries, message] of REFUSED) {
    test(name, () => {
      assert.throws(() => pluginInArchive(gzippedArchive(entries), "there"), { code: "MANIFEST_INVALID", message });
    });
  }

  test("that is not gzip", () => {
    assert.throws(() => pluginInArchive(Buffer.from("\0asm")), { message: /it is not gzip/ });
  });

  test("that grows beyond what a module may have, before it is unpacked", () => {
    const bomb = gzipSync(Buffer.alloc(40 << 20));
    assert.throws(() => pluginInArchive(bomb), { code: "ARTIFACT_TOO_LARGE" });
  });

  test("or read, whatever it is: with a code, within its bytes", () => {
    const archive = gunzipSync(gzippedArchive([other, wasm]));
    const change = fc.record({ at: fc.nat(archive.length - 1), byte: fc.nat(255) });
    fc.assert(
      fc.property(fc.array(change, { minLength: 1, maxLength: 4 }), fc.nat(archive.length), (changes, length) => {
        const bytes = Buffer.from(archive.subarray(0, length));
        for (const { at, byte } of changes) if (at < bytes.length) bytes[at] = byte;
        try {
          assert.ok(pluginInArchive(gzipSync(bytes)).length <= archive.length);
        } catch (error) {
          assert.ok(isHeddleError(error) && error.code === "MANIFEST_INVALID", String(error));
        }
      }),
    );
  });
});
