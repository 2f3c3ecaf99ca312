/** `npm run bench -- NAME [--quick] [options]`: runs one bench, or lists them. */
import type { Bench } from "./bench.ts";

interface Entry {
  readonly shows: string;
  load(): Promise<Bench>;
}

const BENCHES: Readonly<Record<string, Entry>> = {
  proxy: {
    shows: "CPU per request against nginx, HAProxy, Envoy, http-proxy-3 and others",
    load: () => import("./proxy.ts"),
  },
  profile: {
    shows: "where the CPU time of a request goes, by function and by folder",
    load: () => import("./profile.ts"),
  },
  latency: {
    shows: "p50 and p99 at half of nginx's maximum rate, open loop",
    load: () => import("./latency.ts"),
  },
  filter: {
    shows: "CPU time per filter call: direct binding against jco's glue of the same component",
    load: () => import("./filter.ts"),
  },
  calls: {
    shows: "CPU time of a hook that may sleep: at once, with a call, a thousand at the same time",
    load: () => import("./calls.ts"),
  },
  fuel: {
    shows: "what the metering of fuel costs each built-in plugin",
    load: () => import("./fuel.ts"),
  },
  connections: {
    shows: "memory of 10,000 idle keep-alive connections, and how others fare meanwhile",
    load: () => import("./connections.ts"),
  },
  memory: {
    shows: "resident memory idle and under bodies of 1 GB, guest memory over one million requests",
    load: () => import("./memory.ts"),
  },
};

for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.once(signal, () => process.exit(130));
// A reader that has seen enough (`| head`) is no error.
process.stdout.on("error", () => {});

const [name = "", ...args] = process.argv.slice(2);
const entry = Object.hasOwn(BENCHES, name) ? BENCHES[name] : undefined;
if (entry === undefined) {
  const asked = ["--help", "-h", "help"].includes(name);
  (asked ? process.stdout : process.stderr).write(`${usage(asked)}\n`);
  process.exitCode = asked ? 0 : 2;
} else {
  await start(await entry.load());
}

async function start(bench: Bench): Promise<void> {
  if (args.includes("--help") || args.includes("-h")) {
    process.stdout.write(`${bench.help}\n`);
    return;
  }
  const options = args.filter((argument) => argument !== "--quick");
  try {
    await bench.run({ quick: options.length < args.length, args: options });
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
  }
}

function usage(asked: boolean): string {
  const problem = name === "" ? "expected the name of a bench" : `there is no bench "${name}"`;
  const how = "npm run bench -- NAME [--quick] [--help], with NAME one of";
  const lines = Object.entries(BENCHES).map(([known, { shows }]) => `  ${known.padEnd(12)} ${shows}`);
  return [asked ? how : `${problem}; ${how}`, ...lines].join("\n");
}
