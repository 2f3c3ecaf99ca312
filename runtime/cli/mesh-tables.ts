import { type DesiredPlugin, readDesired } from "../artifact/desired.ts";
import { table } from "./terminal.ts";
import { wrap } from "./wrap.ts";

/** What a mesh should run, read from its signed state without verifying it; empty before the first release. */
export function readPlugins(envelope: unknown): readonly DesiredPlugin[] {
  return envelope === undefined ? [] : readDesired(envelope).state.plugins;
}

export function describePlugins(plugins: readonly DesiredPlugin[]): string[][] {
  const rows = plugins.map(({ name, version, repository, manifest }) => [name, version, repository, manifest]);
  return [["NAME", "VERSION", "REPOSITORY", "DIGEST"], ...rows];
}

/**
 * A line for each plugin of each proxy, and below it all the words of what went wrong, so that nobody has to look for the rest.
 *
 * @param width columns of the terminal; the words are not broken into lines unless given
 */
export function describeProxies(proxies: readonly Record<string, unknown>[], width?: number): string[] {
  const entries = proxies.flatMap((proxy) => {
    const plugins = Array.isArray(proxy.plugins) && proxy.plugins.length > 0 ? proxy.plugins : [{}];
    return plugins.map((plugin: Record<string, unknown>, at) => entryOf(proxy, plugin, at === 0));
  });
  const [heading = "", ...lines] = table([HEADING, ...entries.map(({ row }) => row)]);
  const words = (text: string) => (width === undefined ? [text] : wrap(text, width - INDENT.length));
  const below = ({ failures }: Entry) => failures.flatMap(words).map((line) => `${INDENT}${line}`);
  return [heading, ...entries.flatMap((entry, at) => [lines[at] ?? "", ...below(entry)])];
}

const HEADING = ["PROXY", "STATE", "PLUGIN", "VERSION", "DIGEST", "ERROR"];
const INDENT = "  ";

interface Entry {
  readonly row: string[];
  readonly failures: string[];
}

interface Failure {
  readonly code: string;
  readonly words: string;
}

/** What is wrong with the proxy itself stands with its first plugin. */
function entryOf(proxy: Record<string, unknown>, plugin: Record<string, unknown>, isFirst: boolean): Entry {
  const failures = [isFirst ? failureOf(proxy.error) : undefined, failureOf(plugin.error)].filter(
    (one) => one !== undefined,
  );
  const digest = text(plugin.digest)
    .replace(/^sha256:/, "")
    .slice(0, 12);
  const codes = failures.map(({ code }) => code).join(", ");
  return {
    row: [text(proxy.id), text(plugin.state), text(plugin.name), text(plugin.version), digest, codes],
    failures: failures.map(({ words }) => words),
  };
}

/** A detail that is the message of a HeddleError begins with the code already. */
function failureOf(error: unknown): Failure | undefined {
  if (typeof error === "string") return { code: "-", words: text(error) };
  if (typeof error !== "object" || error === null) return undefined;
  const { code, detail } = error as { code?: unknown; detail?: unknown };
  const [name, words] = [text(code), text(detail)];
  return { code: name, words: words.startsWith(`${name}: `) ? words : `${name}: ${words}` };
}

/** Proxies write these words, so control characters are taken out before they reach a terminal. The registry bounds their length. */
function text(value: unknown): string {
  return value === undefined || value === null ? "-" : String(value).replace(/\p{Cc}/gu, "?");
}
