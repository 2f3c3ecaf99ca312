import type { Command } from "commander";
import { parseReference, type Reference } from "../artifact/reference.ts";
import { createMeshApi, type MeshApi } from "../delivery/mesh-api.ts";
import { createOciClient, type OciClient } from "../delivery/oci/client.ts";
import { registryOrigin } from "../delivery/oci/origin.ts";

/** How a command reaches a registry. */
export interface RegistryOptions {
  readonly token?: string;
  readonly username?: string;
  readonly insecure?: boolean;
}

/** Adds the options that every command which talks to a registry has. */
export function registryOptions(command: Command): Command {
  return command
    .option("--token <token>", "access token or password (default: HEDDLE_TOKEN)")
    .option("--username <name>", "user name that goes with it, for registries that want one")
    .option("--insecure", "allow plain http to a registry on another machine");
}

/** Collects an option that may be given several times. */
export function repeated(value: string, before: readonly string[] = []): readonly string[] {
  return [...before, value];
}

/** Runs `use` with a client for the registry that the reference names. Throws REFERENCE_INVALID. */
export async function withRegistry<T>(
  text: string,
  options: RegistryOptions,
  use: (client: OciClient, reference: Reference) => Promise<T>,
): Promise<T> {
  const reference = parseReference(text);
  const { username, insecure } = options;
  const url = registryOrigin(reference.registry, insecure);
  const client = createOciClient({ url, token: tokenOf(options), username, ...(insecure && { insecure }) });
  try {
    return await use(client, reference);
  } finally {
    await client.close();
  }
}

/** Runs `use` with the control plane of a mesh. */
export async function withMesh<T>(
  { url, mesh }: { url: string; mesh: string },
  options: RegistryOptions,
  use: (api: MeshApi) => Promise<T>,
): Promise<T> {
  const { insecure } = options;
  const api = createMeshApi({ url, mesh, token: tokenOf(options), ...(insecure && { insecure }) });
  try {
    return await use(api);
  } finally {
    await api.close();
  }
}

function tokenOf({ token }: RegistryOptions): string | undefined {
  return token ?? process.env.HEDDLE_TOKEN;
}
