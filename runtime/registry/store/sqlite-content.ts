/** ContentStore on SQLite. */

import type { DatabaseSync, SQLOutputValue } from "node:sqlite";
import type { Descriptor } from "../../artifact/descriptor.ts";
import type { Digest } from "../../artifact/digest.ts";
import { HeddleError } from "../../errors.ts";
import type { ContentStore, NewManifest, SignatureRecord, StoredManifest } from "./content-store.ts";
import { transact } from "./database.ts";

type Row = Record<string, SQLOutputValue>;

export function createContentStore(database: DatabaseSync): ContentStore {
  const query = preparer(database);
  return {
    ...blobQueries(query),
    ...manifestQueries(database, query),
    ...tagQueries(query),
    ...uploadQueries(query),
    hasRepository: (repository) =>
      query(
        "SELECT 1 FROM blob WHERE repository = ?1 UNION ALL SELECT 1 FROM manifest WHERE repository = ?1 LIMIT 1",
      ).get(repository) !== undefined,
  };
}

type Query = (sql: string) => ReturnType<DatabaseSync["prepare"]>;

/** Each statement is compiled once. */
function preparer(database: DatabaseSync): Query {
  const statements = new Map<string, ReturnType<DatabaseSync["prepare"]>>();
  return (sql) => {
    const known = statements.get(sql);
    if (known !== undefined) return known;
    const statement = database.prepare(sql);
    statements.set(sql, statement);
    return statement;
  };
}

type BlobPart = Pick<
  ContentStore,
  "blobSize" | "blobAnywhere" | "linkBlob" | "unlinkBlob" | "isReferenced" | "blobs" | "forgetBlob"
>;

function blobQueries(query: Query): BlobPart {
  const size = (row: Row | undefined) => row?.size as number | undefined;
  return {
    blobSize: (repository, digest) =>
      size(query("SELECT size FROM blob WHERE repository = ? AND digest = ?").get(repository, digest)),
    blobAnywhere: (digest, repository) =>
      size(
        query("SELECT size FROM blob WHERE digest = ?1 AND (?2 IS NULL OR repository = ?2) LIMIT 1").get(
          digest,
          repository ?? null,
        ),
      ),
    linkBlob(repository, digest, bytes) {
      query("INSERT OR IGNORE INTO blob VALUES (?, ?, ?)").run(repository, digest, bytes);
    },
    unlinkBlob(repository, digest) {
      query("DELETE FROM blob WHERE repository = ? AND digest = ?").run(repository, digest);
      return query("SELECT 1 FROM blob WHERE digest = ?").get(digest) === undefined;
    },
    isReferenced: (repository, digest) =>
      query("SELECT 1 FROM child WHERE repository = ? AND digest = ? LIMIT 1").get(repository, digest) !== undefined,
    blobs: () =>
      query("SELECT DISTINCT digest, size FROM blob").all() as unknown as Iterable<{ digest: Digest; size: number }>,
    forgetBlob(digest) {
      query("DELETE FROM blob WHERE digest = ?").run(digest);
    },
  };
}

type ManifestPart = Pick<
  ContentStore,
  "putManifest" | "manifest" | "hasManifest" | "deleteManifest" | "referrers" | "signatures"
>;

function manifestQueries(database: DatabaseSync, query: Query): ManifestPart {
  return {
    putManifest(repository, manifest, tag) {
      transact(database, () => {
        insertManifest(query, repository, manifest);
        if (tag !== undefined) pointTag(query, repository, tag, manifest.digest);
      });
    },
    manifest: (repository, reference) => toManifest(findManifest(query, repository, reference)),
    hasManifest: (repository, digest) =>
      query("SELECT 1 FROM manifest WHERE repository = ? AND digest = ?").get(repository, digest) !== undefined,
    deleteManifest: (repository, digest) =>
      transact(database, () => {
        query("DELETE FROM tag WHERE repository = ? AND digest = ?").run(repository, digest);
        query("DELETE FROM child WHERE repository = ? AND parent = ?").run(repository, digest);
        query("DELETE FROM signature WHERE repository = ? AND manifest = ?").run(repository, digest);
        return query("DELETE FROM manifest WHERE repository = ? AND digest = ?").run(repository, digest).changes > 0;
      }),
    referrers: (repository, subject, artifactType, { limit, after = "" }) =>
      query(
        `SELECT digest, media_type, artifact_type, annotations, length(bytes) AS size FROM manifest
         WHERE repository = ?1 AND subject = ?2 AND (?3 IS NULL OR artifact_type = ?3) AND digest > ?4
         ORDER BY digest LIMIT ?5`,
      )
        .all(repository, subject, artifactType ?? null, after, limit)
        .map(toDescriptor),
    signatures: (repository, subject) =>
      query(
        "SELECT manifest, subject, kind, hint FROM signature WHERE repository = ? AND subject = ? ORDER BY manifest",
      ).all(repository, subject) as unknown as SignatureRecord[],
  };
}

function insertManifest(query: Query, repository: string, manifest: NewManifest): void {
  const { digest, mediaType, artifactType, subject, annotations, bytes, children, signature } = manifest;
  const json = annotations === undefined ? null : JSON.stringify(annotations);
  query("INSERT OR REPLACE INTO manifest VALUES (?, ?, ?, ?, ?, ?, ?)").run(
    ...[repository, digest, mediaType, artifactType ?? null, subject ?? null, json, bytes],
  );
  for (const child of children) {
    assertPresent(query, repository, child);
    query("INSERT OR IGNORE INTO child VALUES (?, ?, ?)").run(repository, child, digest);
  }
  if (signature === undefined) return;
  query("INSERT OR REPLACE INTO signature VALUES (?, ?, ?, ?, ?)").run(
    ...[repository, signature.subject, digest, signature.kind, signature.hint ?? null],
  );
}

/** In the transaction: nothing that the manifest needs was deleted since it was checked. */
function assertPresent(query: Query, repository: string, digest: Digest): void {
  const found = query(
    `SELECT 1 FROM blob WHERE repository = ?1 AND digest = ?2
     UNION ALL SELECT 1 FROM manifest WHERE repository = ?1 AND digest = ?2 LIMIT 1`,
  ).get(repository, digest);
  if (found !== undefined) return;
  throw new HeddleError("MANIFEST_INVALID", `${digest} was deleted meanwhile.`, { where: repository });
}

function pointTag(query: Query, repository: string, tag: { name: string; immutable: boolean }, digest: Digest): void {
  const current = query("SELECT digest FROM tag WHERE repository = ? AND name = ?").get(repository, tag.name)?.digest;
  if (current === digest) return;
  if (current !== undefined && tag.immutable) {
    throw new HeddleError("TAG_IMMUTABLE", `The version ${tag.name} exists already as ${current}.`, {
      where: `${repository}:${tag.name}`,
    });
  }
  query("INSERT OR REPLACE INTO tag VALUES (?, ?, ?)").run(repository, tag.name, digest);
}

function findManifest(query: Query, repository: string, reference: { digest: Digest } | { tag: string }) {
  if ("digest" in reference) {
    return query("SELECT * FROM manifest WHERE repository = ? AND digest = ?").get(repository, reference.digest);
  }
  return query(
    "SELECT manifest.* FROM tag JOIN manifest USING (repository, digest) WHERE repository = ? AND name = ?",
  ).get(repository, reference.tag);
}

function toManifest(row: Row | undefined): StoredManifest | undefined {
  if (row === undefined) return undefined;
  return { digest: row.digest as Digest, mediaType: row.media_type as string, bytes: row.bytes as Uint8Array };
}

function toDescriptor(row: Row): Descriptor {
  return {
    mediaType: row.media_type as string,
    digest: row.digest as Digest,
    size: row.size as number,
    ...(row.artifact_type !== null && { artifactType: row.artifact_type as string }),
    ...(row.annotations !== null && { annotations: JSON.parse(row.annotations as string) }),
  };
}

function tagQueries(query: Query): Pick<ContentStore, "deleteTag" | "tagsOf" | "tags"> {
  return {
    deleteTag: (repository, tag) =>
      query("DELETE FROM tag WHERE repository = ? AND name = ?").run(repository, tag).changes > 0,
    tagsOf: (repository, digest) =>
      query("SELECT name FROM tag WHERE repository = ? AND digest = ?")
        .all(repository, digest)
        .map((row) => row.name as string),
    tags: (repository, { limit, after = "" }) =>
      query("SELECT name FROM tag WHERE repository = ? AND name > ? ORDER BY name LIMIT ?")
        .all(repository, after, limit)
        .map((row) => row.name as string),
  };
}

type UploadPart = Pick<ContentStore, "openUpload" | "uploadRepository" | "closeUpload" | "uploads">;

function uploadQueries(query: Query): UploadPart {
  return {
    openUpload(id, repository, started) {
      query("INSERT INTO upload VALUES (?, ?, ?)").run(id, repository, started);
    },
    uploadRepository: (id) =>
      query("SELECT repository FROM upload WHERE id = ?").get(id)?.repository as string | undefined,
    closeUpload(id) {
      query("DELETE FROM upload WHERE id = ?").run(id);
    },
    uploads: () => query("SELECT id, started FROM upload").all() as unknown as { id: string; started: number }[],
  };
}
