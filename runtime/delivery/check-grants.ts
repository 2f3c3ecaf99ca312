import type { Manifest } from "../artifact/manifest.ts";
import type { PluginBinding, TrustPolicy } from "../config/snapshot.ts";
import { messageOf } from "../errors.ts";
import { compileOnce } from "./compile-once.ts";
import { assertConfig } from "./config-check.ts";
import { orderFor } from "./order.ts";
import { readPluginFile } from "./plugin-file.ts";
import { fileSource } from "./source.ts";
import { verifiedParts } from "./verified-parts.ts";

/** What the document's grants and the plugin's wishes are called in a sentence. */
interface Comparison {
  readonly what: string;
  readonly granted: readonly string[];
  readonly asked: readonly string[];
  /** What follows when something asked for is not granted. */
  readonly otherwise: string;
}

/**
 * What a Plugin document of a local file grants beyond what the plugin asks for, what it lacks, and why the plugin would be
 * refused, in sentences. Of plugins in a registry nothing is known offline.
 */
export async function checkGrants(binding: PluginBinding, trust: TrustPolicy): Promise<string[]> {
  const { source, name } = binding;
  if (source.kind !== "file") return [];
  const sentences = await findingsAbout(source.path, binding, trust).catch((error: unknown) => [messageOf(error)]);
  return sentences.map((sentence) => `Plugin ${name}: ${sentence}`);
}

async function findingsAbout(path: string, binding: PluginBinding, trust: TrustPolicy): Promise<string[]> {
  const { layer, manifest } = await readPluginFile(path);
  const { capabilities } = await compileOnce(layer);
  const { sensitiveHeaders = [] } = manifest;
  return [
    ...(await checkOrder(binding, trust)),
    ...compare({
      what: "capabilities",
      granted: binding.capabilities ?? capabilities,
      asked: capabilities,
      otherwise: "it is refused",
    }),
    ...compare({
      what: "sensitive headers",
      granted: binding.sensitiveHeaders ?? sensitiveHeaders,
      asked: sensitiveHeaders,
      otherwise: "they are absent for it",
    }),
    ...checkBackends(binding, capabilities.includes("http-client")),
    ...checkConfig(manifest, binding),
  ];
}

/** Its digest and its signature, as a proxy looks at them. */
async function checkOrder(binding: PluginBinding, trust: TrustPolicy): Promise<string[]> {
  try {
    const order = orderFor(binding, { trust, desired: undefined });
    if (order?.target.kind === "file") await verifiedParts(order, await fileSource(order.target));
    return [];
  } catch (error) {
    return [messageOf(error)];
  }
}

function checkConfig(manifest: Manifest, binding: PluginBinding): string[] {
  try {
    assertConfig(manifest, binding);
    return [];
  } catch (error) {
    return [messageOf(error)];
  }
}

function compare({ what, granted, asked, otherwise }: Comparison): string[] {
  const beyond = granted.filter((each) => !asked.includes(each));
  const lacking = asked.filter((each) => !granted.includes(each));
  return [
    ...(beyond.length === 0 ? [] : [`grants ${what} that the plugin does not ask for: ${beyond.join(", ")}`]),
    ...(lacking.length === 0
      ? []
      : [`lacks ${what} that the plugin asks for: ${lacking.join(", ")}; without them ${otherwise}`]),
  ];
}

function checkBackends({ backends }: PluginBinding, calls: boolean): string[] {
  if (backends.length > 0 && !calls) {
    return [`grants backends to a plugin that does not import http-client: ${backends.join(", ")}`];
  }
  return backends.length === 0 && calls
    ? ["lacks backends: the plugin imports http-client, and all its calls fail"]
    : [];
}
