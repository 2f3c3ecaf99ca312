/**
 * The registry's SQLite file. One process owns it: SQLite's exclusive locking mode keeps the operating system's lock
 * for as long as the connection lives, so that a killed process leaves nothing behind.
 */

import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { HeddleError } from "../../errors.ts";

const SCHEMA = `
CREATE TABLE IF NOT EXISTS blob (
  repository TEXT NOT NULL, digest TEXT NOT NULL, size INTEGER NOT NULL,
  PRIMARY KEY (repository, digest)) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS blob_digest ON blob (digest);
CREATE TABLE IF NOT EXISTS manifest (
  repository TEXT NOT NULL, digest TEXT NOT NULL, media_type TEXT NOT NULL, artifact_type TEXT, subject TEXT,
  annotations TEXT, bytes BLOB NOT NULL,
  PRIMARY KEY (repository, digest));
CREATE INDEX IF NOT EXISTS manifest_subject ON manifest (repository, subject, digest);
CREATE TABLE IF NOT EXISTS child (
  repository TEXT NOT NULL, digest TEXT NOT NULL, parent TEXT NOT NULL,
  PRIMARY KEY (repository, digest, parent)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS tag (
  repository TEXT NOT NULL, name TEXT NOT NULL, digest TEXT NOT NULL,
  PRIMARY KEY (repository, name)) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS tag_digest ON tag (repository, digest);
CREATE TABLE IF NOT EXISTS signature (
  repository TEXT NOT NULL, subject TEXT NOT NULL, manifest TEXT NOT NULL, kind TEXT NOT NULL, hint TEXT,
  PRIMARY KEY (repository, subject, manifest)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS upload (id TEXT PRIMARY KEY, repository TEXT NOT NULL, started INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS desired (
  mesh TEXT NOT NULL, seq INTEGER NOT NULL, digest TEXT NOT NULL, envelope TEXT NOT NULL, stored INTEGER NOT NULL,
  PRIMARY KEY (mesh, seq)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS proxy (
  mesh TEXT NOT NULL, name TEXT NOT NULL, status TEXT NOT NULL, seen INTEGER NOT NULL,
  PRIMARY KEY (mesh, name)) WITHOUT ROWID;
`;

const SQLITE_BUSY = 5;

/** Throws STORE_LOCKED when another process, or this one, has it open. */
export function openDatabase(dir: string): DatabaseSync {
  const database = new DatabaseSync(join(dir, "registry.db"), { timeout: 0 });
  try {
    database.exec("PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;");
    database.exec("BEGIN EXCLUSIVE; COMMIT;");
    database.exec(SCHEMA);
    return database;
  } catch (cause) {
    database.close();
    if ((cause as { errcode?: number }).errcode !== SQLITE_BUSY) throw cause;
    throw new HeddleError("STORE_LOCKED", "Another registry has this folder open.", { where: dir, cause });
  }
}

/** Runs `work` in one transaction: all of it, or nothing. */
export function transact<T>(database: DatabaseSync, work: () => T): T {
  database.exec("BEGIN IMMEDIATE");
  try {
    const result = work();
    database.exec("COMMIT");
    return result;
  } catch (thrown) {
    if (database.isTransaction) database.exec("ROLLBACK");
    throw thrown;
  }
}
