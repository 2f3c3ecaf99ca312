import { parseArgs } from "node:util";
import type { WindowLimits } from "./latency-windows.ts";
import { isPeer, PEERS, type PeerName } from "./peers.ts";

/** What `--help` prints. */
export const LATENCY_HELP = `Latency of proxies at half of the rate that nginx can reach, and of one connection alone. The generator keeps its rate whatever
the proxy does, and counts from the moment at which a request was due. Windows of a few thousand requests go to nginx and
to the subjects in turn; a second nginx is always among them, and shows whether this machine can tell at all.

  --only NAME,NAME   these subjects (heddle, heddle+3, nginx+lua)
  --rate N           requests a second (half of nginx's maximum, measured first)
  --seconds N        of windows altogether (50)
  --window MS        length of a window (150)
  --piece MS         length of its pieces, each with a p99 of its own (50)
  --warmup N         seconds of load before a server's first window, at most (8)
  --own MS           how long the generator may have kept itself from its sockets before a window counts as dirty (2)
  --foreign CORES    what other processes may use before a window counts as dirty (0.3)
  --quick            three seconds of windows, dirt allowed`;

export interface LatencyBench {
  readonly subjects: readonly PeerName[];
  readonly rate: number | undefined;
  /** Of all windows. */
  readonly seconds: number;
  /** Milliseconds. */
  readonly window: number;
  /** Into which a window is cut. */
  readonly pieces: number;
  /** Seconds at most. */
  readonly warmup: number;
  readonly limits: WindowLimits;
}

/** A proxy of ours that has idled for two seconds gives memory back, which no server does that is under load. */
const LONGEST_ROUND = 1900;

/**
 * @throws Error for an option or a name that it does not know, for windows so long that a proxy idles between two of its own,
 * and for pieces that are none of a window
 */
export function readLatencyArguments(args: readonly string[], quick: boolean): LatencyBench {
  const text = { type: "string" } as const;
  const known = {
    only: text,
    rate: text,
    seconds: text,
    window: text,
    piece: text,
    warmup: text,
    own: text,
    foreign: text,
  };
  const { values } = parseArgs({ args: [...args], options: known });
  const names = (values.only ?? "heddle,heddle+3,nginx+lua").split(",");
  const subjects = Object.keys(PEERS).filter((name) => name !== "nginx");
  const wrong = names.find((name) => !subjects.includes(name));
  if (wrong !== undefined) throw new Error(`--only: expected some of ${subjects.join(", ")}, got "${wrong}"`);
  const number = (given: string | undefined, usual: number, short: number) => Number(given ?? (quick ? short : usual));
  const window = Number(values.window ?? 150);
  const round = roundTime(names.length + 1, window);
  if (!(round > 0 && round <= LONGEST_ROUND)) {
    throw new Error(
      `--window: a round of ${names.length + 1} subjects takes ${round} ms, at most ${LONGEST_ROUND} would do`,
    );
  }
  const piece = Number(values.piece ?? Math.min(50, window));
  if (!(piece > 0 && piece <= window)) {
    throw new Error(`--piece: expected milliseconds up to the window's ${window}, got "${values.piece}"`);
  }
  return {
    ...{ subjects: names.filter(isPeer), window, pieces: Math.round(window / piece) },
    rate: values.rate === undefined ? undefined : Number(values.rate),
    seconds: number(values.seconds, 50, 3),
    warmup: number(values.warmup, 8, 2),
    limits: { own: number(values.own, 2, 1000), foreign: number(values.foreign, 0.3, 100) },
  };
}

/** The share of a window that is sent before its latencies count. */
export const LEAD = 0.1;

/** Milliseconds in which each of so many subjects has a window between two of nginx. */
export function roundTime(subjects: number, window: number): number {
  return Math.round(2 * subjects * window * (1 + LEAD));
}
