import { hostname } from "node:os";
import { join } from "node:path";
import { HeddleError } from "../../errors.ts";
import type { CommandModule } from "../command.ts";
import { portOf } from "../port.ts";
import type { RecordFileOptions } from "../record-file.ts";

interface Options {
  readonly config: string;
  readonly registry?: string;
  readonly mesh?: string;
  readonly id: string;
  readonly cache?: string;
  readonly admin: string;
  readonly workers?: string;
  readonly token?: string;
  readonly insecure?: boolean;
  readonly json?: boolean;
  readonly record?: string;
  readonly recordLimit: string;
  readonly recordRaw?: boolean;
  readonly recordKeep?: readonly string[];
  readonly recordBodies?: string;
}

export const command: CommandModule = {
  register(program, terminal) {
    program
      .command("proxy")
      .description("run a proxy: route requests through filters, and keep both up to date")
      .requiredOption("--config <folder>", "the folder of YAML and JSON documents, or one such file")
      .option("--registry <url>", "registry that decides which plugins run and has them")
      .option("--mesh <name>", "name of the mesh at the registry")
      .option("--id <id>", "by which the registry knows this proxy", hostname())
      .option("--cache <folder>", "where verified plugins are kept (default: .heddle/cache/ID)")
      .option("--admin <port>", "port of the admin endpoint on loopback; 0 lets the system choose", "9901")
      .option("--workers <number>", "threads that serve (default: as many as the machine runs at once)")
      .option("--token <token>", "token for the registry (default: HEDDLE_TOKEN)")
      .option("--insecure", "allow plain http to a registry on another machine")
      .option("--record <file>", "keep exchanges for `heddle replay`: heads and calls, values redacted")
      .option("--record-limit <megabytes>", "size after which the recording ends", "64")
      .option("--record-bodies <bytes>", "keep bodies up to this size as well")
      .option(
        "--record-keep <names>",
        "fields, parameters and JSON members that are not redacted; :path is the path",
        namesOf,
      )
      .option("--record-raw", "redact nothing: the recording holds credentials")
      .option("--json", "print where it listens as one line of JSON")
      .addHelpText(
        "after",
        "\nThe access log goes to standard output, everything else to standard error. SIGTERM drains." +
          "\nWorkers share the ports; one that a plugin keeps busy for too long is replaced." +
          "\n\nExample:\n  heddle proxy --config mesh/ --registry http://127.0.0.1:5000 --mesh shop",
      )
      .action(async (options: Options) => {
        const { runProxy } = await import("../run-proxy.ts");
        const running = await runProxy({
          ...options,
          admin: portOf(options.admin, "--admin"),
          workers: workersOf(options),
          registry: registryOf(options),
          cache: cacheOf(options),
          record: recordOf(options),
        });
        if (options.json) terminal.json({ listeners: running.listeners, admin: running.adminUrl });
        else {
          for (const { name, url } of running.listeners) terminal.say(`${name} listens on ${url}`);
          terminal.say(`admin: ${running.adminUrl}`);
        }
        await running.ended;
      });
  },
};

function namesOf(text: string): string[] {
  return text.split(",").map((name) => name.trim());
}

function registryOf({ registry, mesh, token, insecure }: Options) {
  if (registry === undefined) return undefined;
  if (mesh === undefined) throw new HeddleError("USAGE", "expected --mesh beside --registry, got none");
  const known = token ?? process.env.HEDDLE_TOKEN;
  return { url: registry, mesh, token: known, ...(insecure && { insecure }) };
}

function recordOf(options: Options): RecordFileOptions | undefined {
  const { record, recordRaw: raw = false, recordKeep: keep = [] } = options;
  if (record === undefined) {
    const [odd] = Object.keys(options).filter((name) => /^record(Raw|Keep|Bodies)$/.test(name));
    if (odd === undefined) return undefined;
    throw new HeddleError("USAGE", `expected --record FILE beside --record-${odd.slice(6).toLowerCase()}, got none`);
  }
  const limit = numberOf(options.recordLimit, "--record-limit", "megabytes", 1, 10_000) * MEGABYTE;
  const bodies = numberOf(options.recordBodies ?? "0", "--record-bodies", "bytes", 0, 16 * MEGABYTE);
  return { file: record, limit, content: { raw, keep, bodies } };
}

const MEGABYTE = 1024 * 1024;

function numberOf(text: string, option: string, unit: string, least: number, most: number): number {
  const number = Number(text);
  if (/^\d+$/.test(text) && number >= least && number <= most) return number;
  throw new HeddleError("USAGE", `expected ${option} to be ${unit} from ${least} to ${most}, got ${text}`);
}

function workersOf({ workers }: Options): number | undefined {
  if (workers === undefined) return undefined;
  const number = Number(workers);
  if (Number.isInteger(number) && number >= 1 && number <= 256) return number;
  throw new HeddleError("USAGE", `expected --workers to be a number from 1 to 256, got ${workers}`);
}

function cacheOf({ cache, id }: Options): string {
  return cache ?? join(".heddle", "cache", id.replace(/[^A-Za-z0-9._-]/g, "_"));
}
