import { createPublicKey, type KeyObject, verify } from "node:crypto";
import { deflateSync, inflateSync } from "node:zlib";
import type { GuestVm } from "./guest-vm.ts";
import { readFields, writeResult } from "./protobuf.ts";
import { routeAgain } from "./route-again.ts";
import { STATUS } from "./status.ts";
import { setState } from "./stream-state.ts";

/** A function of the host by name: its result, or the status that refuses it. */
export type ForeignFunction = (vm: GuestVm, argument: Uint8Array) => Uint8Array | number;

const MOST_BYTES = 4 << 20;
/** Units of fuel: of a byte to compress, of a byte that comes out of a stream, of a signature. */
const DEFLATE = 24;
const INFLATE = 4;
const VERIFY = 100_000;
const NOTHING = new Uint8Array(0);
const HASHES: ReadonlySet<string> = new Set(["sha1", "sha224", "sha256", "sha384", "sha512"]);

/** Those of Envoy that mean something here. */
const FUNCTIONS: Readonly<Record<string, ForeignFunction>> = Object.freeze({
  __proto__: null,
  compress(vm: GuestVm, argument: Uint8Array) {
    vm.tank.owe(argument.length * DEFLATE);
    return converted(() => deflateSync(argument));
  },
  uncompress(vm: GuestVm, argument: Uint8Array) {
    const result = converted(() => inflateSync(argument, { maxOutputLength: MOST_BYTES }));
    vm.tank.owe((typeof result === "number" ? MOST_BYTES : result.length) * INFLATE);
    return result;
  },
  verify_signature(vm: GuestVm, argument: Uint8Array) {
    vm.tank.owe(VERIFY);
    return verifySignature(argument);
  },
  set_envoy_filter_state: setFilterState,
  clear_route_cache(vm: GuestVm) {
    routeAgain(vm);
    return NOTHING;
  },
  /** Properties need no declaration. */
  declare_property: (_: GuestVm, argument: Uint8Array) =>
    readFields(argument) === undefined ? STATUS.badArgument : NOTHING,
} as unknown as Record<string, ForeignFunction>);

export function foreignFunction(name: string): ForeignFunction | undefined {
  return FUNCTIONS[name];
}

function converted(convert: () => Uint8Array): Uint8Array | number {
  try {
    return convert();
  } catch {
    return STATUS.serializationFailure;
  }
}

/** envoy.source.extensions.common.wasm.VerifySignatureArguments: hash 1, key 2 (DER) or 5 (PEM), signature 3, text 4. */
function verifySignature(argument: Uint8Array): Uint8Array | number {
  const fields = readFields(argument);
  const [hash, der, signature, text, pem] = [1, 2, 3, 4, 5].map((field) => fields?.get(field) ?? NOTHING) as [
    ...[Uint8Array, Uint8Array, Uint8Array, Uint8Array, Uint8Array],
  ];
  const key = publicKey(der, pem);
  if (fields === undefined || key === undefined) return STATUS.badArgument;
  const algorithm = Buffer.from(hash).toString("latin1").toLowerCase();
  if (!HASHES.has(algorithm)) return writeResult(false, `${algorithm.slice(0, 32)} is not supported.`);
  const valid = isSigned(algorithm, text, key, signature);
  return valid ? writeResult(true, "") : writeResult(false, "Failed to verify digital signature.");
}

function isSigned(algorithm: string, text: Uint8Array, key: KeyObject, signature: Uint8Array): boolean {
  try {
    return verify(algorithm, text, key, signature);
  } catch {
    return false;
  }
}

function publicKey(der: Uint8Array, pem: Uint8Array): KeyObject | undefined {
  if (der.length > 0 === pem.length > 0) return undefined;
  try {
    return pem.length > 0
      ? createPublicKey(Buffer.from(pem))
      : createPublicKey({ key: Buffer.from(der), format: "der", type: "spki" });
  } catch {
    return undefined;
  }
}

/** envoy.source.extensions.common.wasm.SetEnvoyFilterStateArguments: path 1, value 2; it lives as long as the exchange. */
function setFilterState(vm: GuestVm, argument: Uint8Array): Uint8Array | number {
  const fields = readFields(argument);
  if (fields === undefined) return STATUS.badArgument;
  if (vm.stream === undefined) return STATUS.notFound;
  const path = Buffer.from(fields.get(1) ?? NOTHING).toString();
  const kept = setState(vm.stream.exchange, path, Uint8Array.from(fields.get(2) ?? NOTHING));
  return kept ? NOTHING : STATUS.badArgument;
}
