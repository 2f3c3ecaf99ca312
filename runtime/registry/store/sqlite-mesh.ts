/** MeshStore on SQLite. */

import type { DatabaseSync } from "node:sqlite";
import type { MeshStore, ProxyStatus, StoredDesired } from "./mesh-store.ts";

export function createMeshStore(database: DatabaseSync): MeshStore {
  const newest = database.prepare(
    "SELECT seq, digest, envelope FROM desired WHERE mesh = ?1 AND (?2 IS NULL OR seq = ?2) ORDER BY seq DESC LIMIT 1",
  );
  const insert = database.prepare("INSERT INTO desired VALUES (?, ?, ?, ?, ?)");
  const report = database.prepare("INSERT OR REPLACE INTO proxy VALUES (?, ?, ?, ?)");
  const count = database.prepare("SELECT count(*) AS n FROM proxy WHERE mesh = ?");
  const known = database.prepare("SELECT 1 FROM proxy WHERE mesh = ? AND name = ?");
  const all = database.prepare("SELECT status, seen FROM proxy WHERE mesh = ? ORDER BY name");
  return {
    desired: (mesh, seq) => newest.get(mesh, seq ?? null) as unknown as StoredDesired | undefined,
    putDesired(mesh, { seq, digest, envelope }, at) {
      insert.run(mesh, seq, digest, envelope, at);
    },
    putStatus(mesh, status, at) {
      report.run(mesh, status.proxy, JSON.stringify(status), at);
    },
    countProxies: (mesh) => count.get(mesh)?.n as number,
    hasProxy: (mesh, proxy) => known.get(mesh, proxy) !== undefined,
    statuses: (mesh) =>
      all.all(mesh).map((row) => ({
        ...(JSON.parse(row.status as string) as ProxyStatus),
        lastSeen: row.seen as number,
      })),
  };
}
