/**
 * BlobStore in a folder: `blobs/sha256/ab/<hex>` and `uploads/<uuid>`. A blob becomes visible by rename after its bytes
 * are on disk, and is announced only after the directory entry is as well.
 */

import { createHash, type Hash } from "node:crypto";
import { createReadStream } from "node:fs";
import { type FileHandle, mkdir, open, readdir, readFile, rename, rm, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { type Digest, hexOf, isDigest } from "../../artifact/digest.ts";
import { HeddleError } from "../../errors.ts";
import type { BlobStore } from "./blob-store.ts";
import { createSerialize } from "./serial.ts";

/** A running hash of an upload, valid while the file has `size` bytes. */
interface Progress {
  readonly hash: Hash;
  size: number;
}

export async function createFolderBlobs(dir: string, limit: number): Promise<BlobStore> {
  const uploads = join(dir, "uploads");
  const blobs = join(dir, "blobs", "sha256");
  await mkdir(uploads, { recursive: true });
  await mkdir(blobs, { recursive: true });
  const progress = new Map<string, Progress>();
  const sound = new Set<Digest>();
  const serialize = createSerialize();
  const uploadPath = (id: string) => join(uploads, id);
  const blobPath = (digest: Digest) => join(blobs, hexOf(digest).slice(0, 2), hexOf(digest));

  const discard = async (id: string) => {
    progress.delete(id);
    await rm(uploadPath(id), { force: true });
  };

  return {
    discard,
    uploadSize: async (id) => (await stat(uploadPath(id))).size,
    createUpload: async (id) => (await open(uploadPath(id), "wx")).close(),
    async append(id, source) {
      const state = progress.get(id) ?? (await resume(uploadPath(id)));
      progress.delete(id);
      const file = await open(uploadPath(id), "a");
      try {
        for await (const chunk of source) await extend(file, state, chunk, limit);
      } finally {
        await file.close();
      }
      progress.set(id, state);
      return state.size;
    },
    async commit(id, digest, publish) {
      const { hash, size } = progress.get(id) ?? (await resume(uploadPath(id)));
      const actual = `sha256:${hash.copy().digest("hex")}`;
      if (actual !== digest) {
        await discard(id);
        throw new HeddleError("DIGEST_MISMATCH", `Expected ${digest}, the bytes hash to ${actual}.`);
      }
      await serialize(digest, async () => {
        await settle(uploadPath(id), blobPath(digest));
        progress.delete(id);
        sound.add(digest);
        publish(size);
      });
    },
    async isSound(digest, size) {
      if (sound.has(digest)) return true;
      const actual = await resume(blobPath(digest)).catch(() => undefined);
      if (actual?.size !== size || actual.hash.digest("hex") !== hexOf(digest)) return false;
      sound.add(digest);
      return true;
    },
    read: (digest, range) => createReadStream(blobPath(digest), range ?? {}),
    readAll: (digest) => readFile(blobPath(digest)),
    remove: (digest, unpublish) =>
      serialize(digest, async () => {
        if (!unpublish()) return;
        sound.delete(digest);
        await rm(blobPath(digest), { force: true });
      }),
    async reconcile(known, live) {
      for (const id of await readdir(uploads)) if (!live.has(id)) await discard(id);
      const sizes = new Map([...known].map(({ digest, size }) => [digest, size]));
      for (const digest of await listBlobs(blobs)) if (!sizes.has(digest)) await rm(blobPath(digest), { force: true });
      const missing: Digest[] = [];
      for (const [digest, size] of sizes) {
        const found = await stat(blobPath(digest)).catch(() => undefined);
        if (found?.size !== size) missing.push(digest);
      }
      return missing;
    },
  };
}

async function extend(file: FileHandle, state: Progress, chunk: Uint8Array, limit: number): Promise<void> {
  if (state.size + chunk.byteLength > limit) {
    throw new HeddleError("ARTIFACT_TOO_LARGE", `A blob may have ${limit} bytes; this one has more.`);
  }
  await file.writeFile(chunk);
  state.hash.update(chunk);
  state.size += chunk.byteLength;
}

/** Hashes what a file holds: after a restart, or after a failure in the middle of a chunk. */
async function resume(path: string): Promise<Progress> {
  const state = { hash: createHash("sha256"), size: 0 };
  for await (const chunk of createReadStream(path)) {
    state.hash.update(chunk as Uint8Array);
    state.size += (chunk as Uint8Array).byteLength;
  }
  return state;
}

/** fsync the file, rename, fsync the directory, and its parent in case the directory is new. */
async function settle(from: string, to: string): Promise<void> {
  await sync(from);
  const folder = dirname(to);
  await mkdir(folder, { recursive: true });
  await rename(from, to);
  await sync(folder);
  await sync(dirname(folder));
}

async function sync(path: string): Promise<void> {
  const handle = await open(path, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function listBlobs(root: string): Promise<Digest[]> {
  const names = await readdir(root, { recursive: true });
  return names.map((name) => `sha256:${name.slice(name.lastIndexOf("/") + 1)}`).filter(isDigest);
}
