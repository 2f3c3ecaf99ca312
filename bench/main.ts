/** `npm run bench -- NAME [--quick] [options]`: runs one bench, or lists them. */
import type { Bench } from "./bench.ts";

interface Entry {
  readonly shows: string;
  load(): Promise<Bench>;
}

const BENCHES: Readonly<Record<string, Entry>> = {
  filter: {
    shows: "nanoseconds per filter call: direct binding against jco's glue of the same component",
    load: () => import("./filter.ts"),
  },
  memory: {
    shows: "guest memory over one million requests, in both memory modes",
    load: () => import("./memory.ts"),
  },
  profile: {
    shows: "where the CPU time of a request goes (--policies all|NAME,NAME --seconds N --top N --out FOLDER)",
    load: () => import("./profile.ts"),
  },
  proxy: {
    shows: "CPU per request and requests per second against nginx and http-proxy-3 (--rounds N --foreign CORES)",
    load: () => import("./proxy.ts"),
  },
};

const [name = "", ...args] = process.argv.slice(2);
const entry = Object.hasOwn(BENCHES, name) ? BENCHES[name] : undefined;
if (entry === undefined) {
  process.stderr.write(`${usage()}\n`);
  process.exitCode = 2;
} else {
  const bench = await entry.load();
  const options = args.filter((argument) => argument !== "--quick");
  await bench.run({ quick: options.length < args.length, args: options });
}

function usage(): string {
  const problem = name === "" ? "expected the name of a bench" : `there is no bench "${name}"`;
  const lines = Object.entries(BENCHES).map(([known, { shows }]) => `  ${known.padEnd(8)} ${shows}`);
  return [`${problem}; npm run bench -- NAME [--quick], with NAME one of`, ...lines].join("\n");
}
