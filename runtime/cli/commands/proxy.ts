import { hostname } from "node:os";
import { join } from "node:path";
import { HeddleError } from "../../errors.ts";
import type { CommandModule } from "../command.ts";
import { portOf } from "../port.ts";

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
      .option("--record <file>", "keep the heads of exchanges for `heddle replay`, secrets redacted")
      .option("--record-limit <megabytes>", "size after which the recording ends", "64")
      .option("--record-raw", "leave secrets in the recording")
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

function registryOf({ registry, mesh, token, insecure }: Options) {
  if (registry === undefined) return undefined;
  if (mesh === undefined) throw new HeddleError("USAGE", "expected --mesh beside --registry, got none");
  const known = token ?? process.env.HEDDLE_TOKEN;
  return { url: registry, mesh, token: known, ...(insecure && { insecure }) };
}

function recordOf({ record, recordLimit, recordRaw = false }: Options) {
  if (record === undefined) return undefined;
  const megabytes = Number(recordLimit);
  if (megabytes > 0 && megabytes <= 10_000) return { file: record, limit: megabytes * 1024 * 1024, raw: recordRaw };
  throw new HeddleError("USAGE", `expected --record-limit to be megabytes from 1 to 10000, got ${recordLimit}`);
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
