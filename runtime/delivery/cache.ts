import { mkdir, open, readdir, readFile, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { type Digest, hexOf, isDigest, sha256 } from "../artifact/digest.ts";
import { HeddleError } from "../errors.ts";

/**
 * What a proxy keeps on disk so that it starts and serves while the registry is away. Contents are named by their
 * digest alone and hashed again at every load; records name what was last good.
 */
export interface Cache {
  /** Undefined when absent, or when the file no longer matches its digest: then it is removed. */
  load(digest: Digest): Promise<Uint8Array | undefined>;
  /** Durable once resolved. Throws STORE_FULL. */
  keep(bytes: Uint8Array): Promise<Digest>;
  /** Undefined when absent or unreadable: a record is a convenience, what it names is verified again. */
  readRecord(name: string): Promise<unknown>;
  /** Replaces the record in one step; durable once resolved. Throws STORE_FULL. */
  writeRecord(name: string, value: unknown): Promise<void>;
  removeRecord(name: string): Promise<void>;
  /** Removes every content that is not in `live`, and what a killed process left half written. */
  sweep(live: ReadonlySet<Digest>): Promise<void>;
}

export interface CacheOptions {
  readonly dir: string;
  /** Told about each content that no longer matched its digest (CACHE_CORRUPT). */
  readonly onCorrupt?: (error: HeddleError) => void;
}

/** Opens the cache in a folder of its own: `sha256/<hex>` and `records/<sha256 of the name>.json`. */
export async function openCache({ dir, onCorrupt = () => {} }: CacheOptions): Promise<Cache> {
  const contents = join(dir, "sha256");
  const records = join(dir, "records");
  await guarded(dir, async () => {
    await mkdir(contents, { recursive: true, mode: 0o700 });
    await mkdir(records, { recursive: true, mode: 0o700 });
  });
  const contentFile = (digest: Digest) => join(contents, hexOf(digest));
  const recordFile = (name: string) => join(records, `${hexOf(sha256(name))}.json`);

  async function load(digest: Digest): Promise<Uint8Array | undefined> {
    const bytes = await readFile(contentFile(digest)).catch(() => undefined);
    if (bytes === undefined || sha256(bytes) === digest) return bytes;
    const where = contentFile(digest);
    onCorrupt(new HeddleError("CACHE_CORRUPT", `expected ${digest}, the file hashes to ${sha256(bytes)}`, { where }));
    await rm(where, { force: true });
    return undefined;
  }

  return {
    load,
    async keep(bytes) {
      const digest = sha256(bytes);
      if ((await load(digest)) === undefined) {
        await guarded(dir, () => writeDurably(contents, contentFile(digest), { bytes, mode: 0o444 }));
      }
      return digest;
    },
    async readRecord(name) {
      try {
        return JSON.parse(await readFile(recordFile(name), "utf8"));
      } catch {
        return undefined;
      }
    },
    async writeRecord(name, value) {
      const bytes = Buffer.from(JSON.stringify(value));
      await guarded(dir, () => writeDurably(records, recordFile(name), { bytes, mode: 0o600 }));
    },
    removeRecord: (name) => rm(recordFile(name), { force: true }),
    async sweep(live) {
      for (const name of await readdir(contents)) {
        const digest = `sha256:${name}`;
        if (!isDigest(digest) || !live.has(digest)) await rm(join(contents, name), { force: true });
      }
      for (const name of await readdir(records)) {
        if (name.endsWith(TEMPORARY)) await rm(join(records, name), { force: true });
      }
    },
  };
}

const TEMPORARY = ".tmp";
let written = 0;

/** A reader sees the old file or the new one, whenever the process or the machine dies. */
async function writeDurably(
  folder: string,
  path: string,
  { bytes, mode }: { bytes: Uint8Array; mode: number },
): Promise<void> {
  written += 1;
  const temporary = `${path}.${process.pid}-${written}${TEMPORARY}`;
  try {
    const file = await open(temporary, "wx", mode);
    try {
      await file.writeFile(bytes);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
  await syncFolder(folder);
}

async function syncFolder(path: string): Promise<void> {
  if (process.platform === "win32") return; // Windows cannot open a folder for sync.
  const folder = await open(path, "r");
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

async function guarded(dir: string, action: () => Promise<unknown>): Promise<void> {
  try {
    await action();
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code ?? "";
    const full = code === "ENOSPC" || code === "EDQUOT";
    throw new HeddleError("STORE_FULL", `could not write to the cache: ${(cause as Error).message}`, {
      where: dir,
      cause,
      ...(full ? {} : { remedy: "Make the cache folder writable, or name another one." }),
    });
  }
}
