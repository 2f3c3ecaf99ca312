import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import { test } from "node:test";
import { mountFilter } from "../../runtime/workbench/mount-filter.ts";
import { filterFolder } from "../build/filter-folder.ts";

const SOURCE = `
  import { Action, crypto, HashAlgorithm, hex, request } from "heddle/sdk";
  export function onRequest(): Action {
    const given = request.header("x-data");
    const data = hex.decode(given === null ? "" : given);
    if (data !== null) request.setHeader("x-digest", hex.encode(crypto.digest(HashAlgorithm.Sha256, data)));
    return Action.Next;
  }`;

test("SHA-256 is the same in the guest and beyond, for every length around its blocks", async (t) => {
  const filter = await mountFilter(filterFolder(t, { "index.ts": SOURCE }));
  t.after(() => filter.close());
  for (let length = 0; length <= 260; length++) {
    const data = randomBytes(length);
    const { request } = filter.request({ headers: { "x-data": data.toString("hex") } });
    assert.equal(request.headers["x-digest"], createHash("sha256").update(data).digest("hex"), `${length} bytes`);
  }
});
