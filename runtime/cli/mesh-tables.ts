import { type DesiredPlugin, readDesired } from "../artifact/desired.ts";

/** What a mesh should run, read from its signed state without verifying it; empty before the first release. */
export function readPlugins(envelope: unknown): readonly DesiredPlugin[] {
  return envelope === undefined ? [] : readDesired(envelope).state.plugins;
}

export function describePlugins(plugins: readonly DesiredPlugin[]): string[][] {
  const rows = plugins.map(({ name, version, repository, manifest }) => [name, version, repository, manifest]);
  return [["NAME", "VERSION", "REPOSITORY", "DIGEST"], ...rows];
}

/** One row for each plugin of each proxy. */
export function describeProxies(proxies: readonly Record<string, unknown>[]): string[][] {
  const rows = proxies.flatMap((proxy) => {
    const plugins = Array.isArray(proxy.plugins) && proxy.plugins.length > 0 ? proxy.plugins : [{}];
    return plugins.map((plugin: Record<string, unknown>) => proxyRow(proxy, plugin));
  });
  return [["PROXY", "STATE", "PLUGIN", "VERSION", "DIGEST", "ERROR"], ...rows];
}

function proxyRow(proxy: Record<string, unknown>, plugin: Record<string, unknown>): string[] {
  const error = (plugin.error ?? proxy.error) as { code?: unknown; detail?: unknown } | null | undefined;
  const digest = text(plugin.digest).slice(0, "sha256:".length + 12);
  return [
    text(proxy.id),
    text(plugin.state),
    text(plugin.name),
    text(plugin.version),
    digest,
    error ? failureOf(error) : "",
  ];
}

/** A detail that is the message of a HeddleError begins with the code already. */
function failureOf({ code, detail }: { code?: unknown; detail?: unknown }): string {
  const [name, words] = [text(code), text(detail)];
  return words.startsWith(`${name}: `) ? words : `${name}: ${words}`;
}

/** Proxies write these words, so control characters are taken out before they reach a terminal. */
function text(value: unknown): string {
  return value === undefined || value === null
    ? "-"
    : String(value)
        .replace(/\p{Cc}/gu, "?")
        .slice(0, 200);
}
