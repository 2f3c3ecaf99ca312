import { lookup } from "node:dns/promises";
import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import type { BuildResult } from "../build/build-store.ts";
import { loadFiles } from "../config/load.ts";
import { HeddleError, isHeddleError, messageOf } from "../errors.ts";
import { createFleet, type Fleet } from "../proxy/fleet/fleet.ts";
import type { Logger } from "../telemetry/logger.ts";
import { compilePlugin } from "../wasm/plugin.ts";
import { type Build, cachedBuilds } from "../workbench/build-cache.ts";
import { folderCases } from "../workbench/cases/folder-cases.ts";
import { checkConfig } from "../workbench/check-config.ts";
import { startEchoBackend } from "../workbench/dev/echo-backend.ts";
import { servedVerdict, verdictLine } from "../workbench/dev/verdict-line.ts";
import { FOREIGN } from "../workbench/filter-files.ts";
import { isCases, isTest } from "../workbench/runner/find-tests.ts";
import { duration, type Screen } from "../workbench/screen.ts";
import { watchFolder } from "../workbench/watch-folder.ts";
import { DEV_BACKEND, DEV_PLUGIN, type DevAddress, type DevDocuments, devDocuments } from "./dev-documents.ts";
import { readConfig } from "./read-config.ts";

export interface RunDevOptions {
  /** Of the filter. */
  readonly folder: string;
  /** Of the listener, on loopback. */
  readonly port: number;
  /** Where requests go that the filter lets pass. @default a backend that answers with what it was asked */
  readonly backend?: string | undefined;
  /** Where its calls go, as `namespace/name:port=URL`. @default every call finds the backend as `default/backend:80` */
  readonly calls?: readonly string[] | undefined;
  /** A file of YAML or JSON with the filter's configuration. @default that of the first case in the folder, else {} */
  readonly config?: string | undefined;
  readonly screen: Screen;
  /** Told after each build whether its filter serves now. */
  readonly onBuild?: (serves: boolean) => void;
}

export interface RunningDev {
  readonly url: string;
  close(): Promise<void>;
}

/**
 * Serves a filter on a proxy of one worker and swaps it whenever its source changes. What does not build or start is shown;
 * the last good one serves on. Resolves when the first build has been tried.
 *
 * @throws USAGE for an address that is none; LISTEN_FAILED; CASES_INVALID, CONFIG_SYNTAX for its configuration
 */
export async function runDev(options: RunDevOptions): Promise<RunningDev> {
  const { port, screen } = options;
  const folder = resolve(options.folder);
  if (!existsSync(join(folder, "index.ts"))) {
    throw new HeddleError("USAGE", "expected a filter's folder with an index.ts, but there is none", { where: folder });
  }
  const config = await configOf(folder, options.config);
  const closing: (() => unknown)[] = [];
  const close = async () => {
    for (const step of closing.splice(0).reverse()) await step();
  };
  try {
    const backend = options.backend === undefined ? await echo(closing) : await addressOf(options.backend, "--backend");
    const called = await Promise.all((options.calls ?? []).map(calledOf));
    const fleet = await createFleet({
      ...{ workers: 1, logger: screenLogger(screen), admin: { port: 0 } },
      accessLog: { write: (lines) => showLines(lines, screen) },
    });
    closing.push(() => fleet.close());
    await fleet.apply(snapshotOf(devDocuments({ port, backend, called, config }), folder)).catch(nameOption);
    const swaps = createSwaps({ ...options, folder }, fleet, { config, backends: called.map(({ name }) => name) });
    const watch = watchFolder({ folder, ignore: FOREIGN, counts: isSource, onChange: () => void swaps.next() });
    closing.push(watch.close);
    await swaps.next();
    return { url: `http://127.0.0.1:${port}/`, close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** The listener is in no document that somebody could change. */
function nameOption(cause: unknown): never {
  if (!isHeddleError(cause) || cause.code !== "LISTEN_FAILED") throw cause;
  throw new HeddleError("LISTEN_FAILED", cause.message, { where: "--port", remedy: "Choose another --port.", cause });
}

function isSource(name: string): boolean {
  return /\.(ts|json)$/.test(name) && !isTest(name) && !isCases(name);
}

async function echo(closing: (() => unknown)[]) {
  const backend = await startEchoBackend();
  closing.push(backend.close);
  return { address: "127.0.0.1", port: backend.port };
}

async function addressOf(text: string, option: string): Promise<DevAddress> {
  const url = URL.parse(text);
  if (url?.protocol !== "http:") {
    throw new HeddleError("USAGE", `expected ${option} to be an http:// address, got ${text}`);
  }
  const host = url.hostname.replace(/^\[|\]$/g, "");
  const { address } = await lookup(host).catch((cause: unknown) => {
    throw new HeddleError("USAGE", `expected ${option} to name a host, but ${host} is not found`, { cause });
  });
  return { address, port: url.port === "" ? 80 : Number(url.port) };
}

async function calledOf(text: string): Promise<DevDocuments["called"][number]> {
  const [, name, url] = /^([a-z0-9-]+\/[a-z0-9-]+:[0-9]+)=(.+)$/.exec(text) ?? [];
  if (name !== undefined && url !== undefined) return { name, ...(await addressOf(url, `--call ${name}`)) };
  const problem = `expected --call to be NAMESPACE/NAME:PORT=URL, got ${text}`;
  throw new HeddleError("USAGE", problem, { remedy: "For example --call default/users:80=http://127.0.0.1:3001." });
}

async function configOf(folder: string, file: string | undefined): Promise<unknown> {
  return file === undefined ? (folderCases(folder)[0]?.setup.config ?? {}) : readConfig(file);
}

function snapshotOf(text: string, folder: string) {
  const { snapshot, rejected } = loadFiles([{ file: "dev.yaml", folder, content: { ok: true, text } }]);
  const [problem] = rejected.flatMap(({ problems }) => problems);
  if (problem === undefined) return snapshot;
  throw new HeddleError("CONFIG_INVALID", problem, { where: folder });
}

/** What the filter is started with. */
interface Given {
  readonly config: unknown;
  /** That it may call. */
  readonly backends: readonly string[];
}

/** Builds and swaps, one after the other; changes that come meanwhile are one. */
function createSwaps(options: RunDevOptions, fleet: Fleet, given: Given): { next(): Promise<void> } {
  const { folder, screen, onBuild } = options;
  const build: Build = cachedBuilds((path) =>
    import("../build/build-plugin.ts").then(({ buildPlugin }) => buildPlugin({ folder: path, style: "draft" })),
  );
  let running = Promise.resolve();
  let digest = "";
  let isBroken = false;

  function unchanged(): void {
    if (isBroken) screen.print(`${screen.paint("green", "✓")} builds again, and is what serves`);
    isBroken = false;
    onBuild?.(true);
  }

  async function swap(): Promise<void> {
    const began = performance.now();
    try {
      const built = await build(folder);
      if (built.digest === digest) return unchanged();
      const compiled = performance.now();
      await start(built, fleet, given);
      digest = built.digest;
      isBroken = false;
      const { name, version } = built.manifest;
      const [building, swapping] = [duration(compiled - began), duration(performance.now() - compiled)];
      const took = screen.paint("dim", `built in ${building}, swapped in ${swapping}, ${built.digest.slice(7, 19)}`);
      screen.print(`${screen.paint("green", "✓")} ${name} ${version} serves  ${took}`);
      onBuild?.(true);
    } catch (error) {
      isBroken = true;
      screen.print(`${screen.paint("red", "✗")} ${problemOf(error)}`);
      screen.print(
        screen.paint(
          "dim",
          digest === "" ? "  requests are answered 503 until it builds" : "  the last good one serves on",
        ),
      );
      onBuild?.(false);
    }
  }
  return {
    next() {
      running = running.then(swap);
      return running;
    },
  };
}

function problemOf(error: unknown): string {
  return isHeddleError(error) && error.code === "BUILD_COMPILE" ? error.message : messageOf(error);
}

const NO_KEY_SETS = { get: () => undefined, missed() {}, copies: () => [], onFetched: () => () => {} };

async function start(built: BuildResult, fleet: Fleet, { config, backends }: Given): Promise<void> {
  const { component, sourceMap, manifest } = built;
  checkConfig(manifest, config);
  const { version, capabilities, sensitiveHeaders } = manifest;
  const started = await fleet.host.start(
    {
      plugin: await compilePlugin(component, { sourceMap }),
      ...{ name: DEV_PLUGIN, version, config: JSON.stringify(config), grants: capabilities, sensitiveHeaders },
      backends: [DEV_BACKEND, ...backends],
      showsFuel: true,
    },
    NO_KEY_SETS,
  );
  await started.commit();
}

function showLines(lines: string, screen: Screen): void {
  for (const line of lines.split("\n")) if (line !== "") screen.print(verdictLine(servedVerdict(line), screen));
}

/** What the filter logs, and what the proxy has to warn about. */
function screenLogger(screen: Screen): Logger {
  return {
    log(level, message, details = {}) {
      if (details.plugin === DEV_PLUGIN && details.code === undefined) {
        screen.print(`  ${screen.paint("dim", `${level}:`)} ${message}`);
      } else if (level === "warn" || level === "error") {
        const words = [message, details.code, details.detail ?? details.reason].filter(Boolean).join(": ");
        screen.print(`  ${screen.paint("red", words)}`);
      }
    },
  };
}
