/**
 * The registry: OCI distribution v1.1 under `/v2/`, the mesh's control plane under `/api/v1/`, on one folder that
 * belongs to one process. `docs/registry.md` is its manual.
 */

import { mkdir } from "node:fs/promises";
import type { AddressInfo } from "node:net";
import type { DatabaseSync } from "node:sqlite";
import { type FastifyBaseLogger, type FastifyInstance, fastify } from "fastify";
import { MODULE_LIMIT } from "../artifact/layout.ts";
import { HeddleError } from "../errors.ts";
import { type Clock, systemClock } from "../telemetry/clock.ts";
import { closeServer } from "./close-server.ts";
import type { RegistryContext } from "./context.ts";
import { contentPlane } from "./routes/content-plane.ts";
import { CONTROL_BODY_LIMIT, controlPlane } from "./routes/control-plane.ts";
import { openDatabase } from "./store/database.ts";
import { createFolderBlobs } from "./store/folder-blobs.ts";
import { recover } from "./store/recover.ts";
import { createContentStore } from "./store/sqlite-content.ts";
import { createMeshStore } from "./store/sqlite-mesh.ts";
import type { Scope, Token } from "./tokens.ts";
import { createWatchers, type Watchers, type WatchersOptions } from "./watchers.ts";

export interface RegistryOptions {
  /** Holds everything; made when it does not exist. */
  readonly dir: string;
  readonly clock?: Clock;
  /** Without any, nobody can push. */
  readonly tokens?: readonly Token[];
  /** What callers without a token may do. */
  readonly anonymous?: readonly Scope[];
  readonly logger?: FastifyBaseLogger;
  readonly watch?: WatchersOptions;
  /** Bytes. */
  readonly blobLimit?: number;
  /** Milliseconds that `close` gives requests in flight before it cuts their connections. */
  readonly closeGrace?: number;
}

export interface Registry {
  readonly app: FastifyInstance;
  /** Port 0 takes a free one. Throws LISTEN_FAILED. */
  listen(where?: { host?: string; port?: number }): Promise<{ url: string; port: number }>;
  /** Ends watches, lets requests finish for a while, and gives the folder back. */
  close(): Promise<void>;
}

/** Throws STORE_LOCKED when the folder is in use. */
export async function createRegistry(options: RegistryOptions): Promise<Registry> {
  const { dir, blobLimit = MODULE_LIMIT, closeGrace = 5_000 } = options;
  await mkdir(dir, { recursive: true });
  const database = openDatabase(dir);
  try {
    const blobs = await createFolderBlobs(dir, blobLimit);
    const context = contextOf(options, database, blobs);
    const watchers = createWatchers(options.watch);
    const app = createApp(options.logger, context, watchers);
    await recover(context, app.log);
    return registryOf(app, database, closeGrace);
  } catch (thrown) {
    database.close();
    throw thrown;
  }
}

function contextOf(
  { tokens = [], anonymous = ["pull"], clock = systemClock }: RegistryOptions,
  database: DatabaseSync,
  blobs: RegistryContext["blobs"],
): RegistryContext {
  const access = { tokens, anonymous };
  return { content: createContentStore(database), meshes: createMeshStore(database), blobs, access, clock };
}

function createApp(
  logger: FastifyBaseLogger | undefined,
  context: RegistryContext,
  watchers: Watchers,
): FastifyInstance {
  const app = fastify({
    ...(logger === undefined ? { logger: false } : { loggerInstance: logger }),
    bodyLimit: CONTROL_BODY_LIMIT,
    routerOptions: { maxParamLength: 255 },
    exposeHeadRoutes: false,
    requestTimeout: 300_000,
    keepAliveTimeout: 75_000,
    forceCloseConnections: "idle",
  }) as unknown as FastifyInstance;
  app.register((scope: FastifyInstance) => contentPlane(scope, context));
  app.register((scope: FastifyInstance) => controlPlane(scope, context, watchers));
  app.get("/healthz", async () => ({ status: "ok" }));
  app.addHook("preClose", async () => watchers.close());
  return app;
}

function registryOf(app: FastifyInstance, database: DatabaseSync, closeGrace: number): Registry {
  return {
    app,
    async listen({ host = "127.0.0.1", port = 0 } = {}) {
      try {
        await app.listen({ host, port });
      } catch (cause) {
        throw new HeddleError("LISTEN_FAILED", `The registry could not listen on ${host}:${port}.`, { cause });
      }
      const { address, port: actual, family } = app.server.address() as AddressInfo;
      return { url: `http://${family === "IPv6" ? `[${address}]` : address}:${actual}`, port: actual };
    },
    async close() {
      await closeServer(app, closeGrace);
      if (database.isOpen) database.close();
    },
  };
}
