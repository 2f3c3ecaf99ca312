/** What every route of the registry works with. */

import type { Clock } from "../telemetry/clock.ts";
import type { AccessPolicy } from "./access.ts";
import type { BlobStore } from "./store/blob-store.ts";
import type { ContentStore } from "./store/content-store.ts";
import type { MeshStore } from "./store/mesh-store.ts";

export interface RegistryContext {
  readonly content: ContentStore;
  readonly blobs: BlobStore;
  readonly meshes: MeshStore;
  readonly access: AccessPolicy;
  readonly clock: Clock;
}
