import type { DesiredPlugin, DesiredState } from "../artifact/desired.ts";
import { assertDigest, type Digest, sha256 } from "../artifact/digest.ts";
import type { TrustedKey } from "../artifact/keys.ts";
import type { PluginBinding, TrustPolicy } from "../config/snapshot.ts";
import { fingerprint } from "./plugin-file.ts";

/** Exactly which bytes should run, and what has been signed about them. */
export type Target =
  | {
      readonly kind: "registry";
      readonly repository: string;
      /** Of the image manifest. */
      readonly manifest: Digest;
      /** What the desired state's signer said about it; a pinned digest comes with nothing. */
      readonly entry: DesiredPlugin | undefined;
    }
  | {
      readonly kind: "file";
      readonly path: string;
      /** Of the component. */
      readonly digest: Digest | undefined;
      readonly unsigned: boolean;
    };

/** One plugin as it should run: the bytes, who must have signed them, and the document that binds them. */
export interface Order {
  readonly binding: PluginBinding;
  readonly target: Target;
  readonly trusted: readonly TrustedKey[];
  /** The same for two orders only if nothing about the running plugin would differ. */
  readonly identity: string;
}

/** Undefined while the desired state names no version of the plugin's repository. */
export function orderFor(
  binding: PluginBinding,
  { trust, desired }: { trust: TrustPolicy; desired: DesiredState | undefined },
): Order | undefined {
  const target = targetOf(binding, desired);
  return target && orderOf(binding, target, trust);
}

export function orderOf(binding: PluginBinding, target: Target, trust: TrustPolicy): Order {
  const { signedBy } = binding;
  const trusted = trust.publishers.filter(({ name }) => signedBy.length === 0 || signedBy.includes(name));
  return { binding, target, trusted, identity: identityOf(binding, target, trusted) };
}

function targetOf({ source }: PluginBinding, desired: DesiredState | undefined): Target | undefined {
  if (source.kind === "digest") {
    assertDigest(source.digest, source.repository);
    return { kind: "registry", repository: source.repository, manifest: source.digest, entry: undefined };
  }
  if (source.kind === "file") {
    if (source.digest !== undefined) assertDigest(source.digest, source.path);
    return { kind: "file", path: source.path, digest: source.digest, unsigned: source.unsigned };
  }
  const entry = desired?.plugins.find(({ repository }) => repository === source.repository);
  return entry && { kind: "registry", repository: entry.repository, manifest: entry.manifest, entry };
}

function identityOf(binding: PluginBinding, target: Target, trusted: readonly TrustedKey[]): string {
  const { config, capabilities, sensitiveHeaders, backends, limits, logLevel, proxyWasm, keySets } = binding;
  const keys = trusted.map(({ name, publicKey }) => [name, publicKey]);
  const grants = [capabilities ?? "manifest", sensitiveHeaders ?? "manifest", backends];
  const keepsPrevious = binding.failurePolicy === "previous";
  const settings = [config, grants, limits, logLevel ?? "info", proxyWasm, keepsPrevious];
  return sha256(JSON.stringify([target, ...settings, [...keySets], keys]));
}

/** A file may change under its name, so what it holds now is part of what was ordered. */
export async function currentIdentity({ identity, target }: Order): Promise<string> {
  return target.kind === "file" ? `${identity} ${await fingerprint(target.path)}` : identity;
}
