import { resolve } from "node:path";
import { buildSnapshot } from "./build-snapshot.ts";
import type { ConfigDocument, RefusedDocument } from "./document.ts";
import { readFolder, type SourceFile } from "./folder.ts";
import type { Kind } from "./kinds.ts";
import { acceptFiles, type ParsedFiles, type Rejection } from "./last-good.ts";
import type { Snapshot } from "./snapshot.ts";

/** A configuration as loaded: what applies, what was refused, and what a later load needs to know. */
export interface LoadedConfig {
  readonly snapshot: Snapshot;
  readonly rejected: readonly Rejection[];
  readonly documents: readonly ConfigDocument[];
  /** Absolute paths of the files that documents are checked with, such as public keys. */
  readonly beside: readonly string[];
  readonly parsed: ParsedFiles;
}

/** Stands for the name that a document does not have; no name is written so. */
const NAMELESS = "(without a name)";

interface Missing {
  readonly namespace: string;
  readonly name: string;
  readonly targetRefs: unknown;
}

export interface LoadOptions {
  /** A folder of YAML and JSON files, or one such file. */
  readonly folder: string;
  /** The load before this one, whose documents are the last good versions. */
  readonly previous?: LoadedConfig;
}

/** Reads and resolves a configuration. Bad documents are in `rejected`; throws only when the folder cannot be read. */
export async function loadFolder({ folder, previous }: LoadOptions): Promise<LoadedConfig> {
  return loadFiles(await readFolder(folder), previous);
}

export function loadFiles(files: readonly SourceFile[], previous?: LoadedConfig): LoadedConfig {
  const { documents, rejections, lost, refused, parsed } = acceptFiles(
    files,
    previous?.documents ?? [],
    previous?.parsed,
  );
  const generation = (previous?.snapshot.generation ?? 0) + 1;
  const snapshot = buildSnapshot(documents, {
    generation,
    refused: lost.flatMap((each) => missing("Plugin", each)),
    refusedTls: lost.flatMap((each) => missing("BackendTLSPolicy", each)),
  });
  const folder = files[0]?.folder ?? "";
  const beside = [
    ...documents.flatMap((each) => [...each.files.keys()].map((name) => resolve(each.folder, name))),
    ...refused.flatMap(({ reads }) => reads.map((name) => resolve(folder, name))),
  ];
  return { snapshot, rejected: rejections, documents, beside, parsed };
}

/** A document of this kind whose rules are missing, with whatever it says that they are for. */
function missing(kind: Kind, { id, meant, body }: RefusedDocument): Missing[] {
  if (meant?.kind !== kind) return [];
  const name = id?.slice(id.indexOf("/") + 1) ?? NAMELESS;
  const spec = (body as { spec?: { targetRefs?: unknown } | null }).spec;
  return [{ namespace: meant.namespace, name, targetRefs: spec?.targetRefs }];
}
