import type { FastifyRequest } from "fastify";
import { MESH_NAME } from "../../artifact/desired.ts";
import { OciFailure } from "../failure.ts";

const NAME = new RegExp(MESH_NAME);

/** The mesh that the path names; throws NAME_INVALID. */
export function meshOf(request: FastifyRequest): string {
  const { mesh = "" } = request.params as { mesh?: string };
  if (NAME.test(mesh)) return mesh;
  throw new OciFailure(400, "NAME_INVALID", "A mesh is lower-case letters, digits and - between them, at most 63.");
}
