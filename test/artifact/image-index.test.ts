import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { jsonBytes } from "../../runtime/artifact/descriptor.ts";
import { sha256 } from "../../runtime/artifact/digest.ts";
import { filterOfIndex, isImageIndex } from "../../runtime/artifact/image-index.ts";
import * as types from "../../runtime/artifact/media-types.ts";

const entry = (platform?: string, changes: object = {}) => {
  const [os, architecture] = platform?.split("/") ?? [];
  const digest = sha256(JSON.stringify([platform, changes]));
  return {
    mediaType: types.IMAGE_MANIFEST,
    digest,
    size: 7,
    ...(platform && { platform: { os, architecture } }),
    ...changes,
  };
};
const attestation = entry("unknown/unknown", { annotations: { "vnd.docker.reference.type": "attestation-manifest" } });
const docker = { mediaType: types.DOCKER_MANIFEST };
const index = (manifests: unknown, changes: object = {}) =>
  jsonBytes({ schemaVersion: 2, mediaType: types.IMAGE_INDEX, manifests, ...changes });

const CHOSEN: readonly (readonly [name: string, entries: readonly ReturnType<typeof entry>[], at: number])[] = [
  ["the one for wasip1", [entry("linux/amd64"), entry("wasip1/wasm"), entry("linux/arm64")], 1],
  ["the one for wasi", [entry("wasi/wasm"), entry("linux/amd64")], 0],
  ["the one for wasm on a system without a name", [entry("linux/amd64"), entry("unknown/wasm")], 1],
  ["the only one, whatever it is for", [entry("linux/amd64")], 0],
  ["the only one without a platform", [entry()], 0],
  ["the only one beside what BuildKit says about it", [attestation, entry("linux/amd64")], 1],
  ["the only one beside an index", [entry("linux/arm64", { mediaType: types.IMAGE_INDEX }), entry("linux/amd64")], 1],
  ["Docker's", [entry("linux/amd64", docker), entry("wasip1/wasm", docker)], 1],
];

const REFUSED: readonly (readonly [name: string, bytes: Uint8Array, code: string, message: RegExp])[] = [
  ["nothing", index([]), "MANIFEST_INVALID", /got none/],
  ["words about images alone", index([attestation]), "MANIFEST_INVALID", /got none/],
  [
    "two that are not for wasm",
    index([entry("linux/amd64"), entry("linux/arm64")]),
    "IMAGE_AMBIGUOUS",
    /linux\/amd64, linux\/arm64/,
  ],
  ["two for wasm", index([entry("wasi/wasm"), entry("wasip1/wasm")]), "IMAGE_AMBIGUOUS", /wasi\/wasm, wasip1\/wasm/],
  [
    "a component beside another",
    index([entry("wasip2/wasm"), entry()]),
    "IMAGE_AMBIGUOUS",
    /wasip2\/wasm, no platform/,
  ],
  ["an entry without a digest", index([{ ...entry(), digest: "latest" }]), "MANIFEST_INVALID", /digest/],
  ["a platform that is none", index([entry("", { platform: "wasm" })]), "MANIFEST_INVALID", /platform/],
  ["too many", index(Array.from({ length: 129 }, () => entry("wasip1/wasm"))), "MANIFEST_INVALID", /128/],
  ["a type of something else", index([entry()], { mediaType: types.IMAGE_MANIFEST }), "MANIFEST_INVALID", /mediaType/],
];

describe("of an index is chosen", () => {
  for (const [name, entries, at] of CHOSEN) {
    test(name, () => {
      for (const mediaType of [types.IMAGE_INDEX, types.DOCKER_LIST, undefined])
        assert.equal(filterOfIndex(index(entries, { mediaType })).digest, entries[at]?.digest);
    });
  }
});

describe("an index is refused that has", () => {
  for (const [name, bytes, code, message] of REFUSED) {
    test(name, () => assert.throws(() => filterOfIndex(bytes, "there"), { code, message }));
  }
});

test("what is an image too is no index", () => {
  assert.deepEqual(
    [index([]), index([], { config: {} }), index({}), jsonBytes(null), Buffer.from("{")].map(isImageIndex),
    [true, false, false, false, false],
  );
});
