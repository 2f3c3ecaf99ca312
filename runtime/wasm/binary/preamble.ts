import { HeddleError } from "../../errors.ts";

const MAGIC = [0x00, 0x61, 0x73, 0x6d];

/** What a file says it is in its first eight bytes. @throws ARTIFACT_NOT_WASM, ARTIFACT_TRUNCATED */
export function wasmKind(bytes: Uint8Array): "module" | "component" {
  if (MAGIC.some((byte, index) => index < bytes.length && bytes[index] !== byte) || bytes.length === 0) {
    throw new HeddleError("ARTIFACT_NOT_WASM", "expected a WebAssembly component, got a file of another kind");
  }
  if (bytes.length < 8) throw new HeddleError("ARTIFACT_TRUNCATED", `expected at least 8 bytes, got ${bytes.length}`);
  const version = Buffer.from(bytes.subarray(4, 8)).toString("hex");
  if (version === "01000000") return "module";
  if (version === "0d000100") return "component";
  throw new HeddleError(
    "COMPONENT_UNSUPPORTED",
    `expected a component of version 13, got the version bytes ${version}`,
  );
}
