import { readFileSync } from "node:fs";
import { createServer } from "node:net";

/** Above the ports that fetch refuses. */
const FIRST = 12_000;
const END = 65_536;
const given = new Set<number>();

/**
 * A loopback port that nobody listened on a moment ago; another one each time, whichever process asks. It is none of those
 * that the system gives to connections and to who listens on port 0, so that none of these gets in between.
 */
export async function freePort(): Promise<number> {
  const [first, end] = rangeBeside(systemRange());
  for (;;) {
    const port = first + Math.floor(Math.random() * (end - first));
    if (given.has(port)) continue;
    given.add(port);
    if (await isFree(port)) return port;
  }
}

/** From the first to the last of the ports that Linux chooses itself; what most systems have where it cannot be read. */
function systemRange(): readonly [number, number] {
  try {
    const [first = 0, last = 0] = readFileSync("/proc/sys/net/ipv4/ip_local_port_range", "utf8")
      .split(/\s+/)
      .map(Number);
    return [first, last];
  } catch {
    return [32_768, END - 1];
  }
}

/** The wider side; all ports where the system leaves next to none. */
function rangeBeside([first, last]: readonly [number, number]): readonly [number, number] {
  const [below, above] = [first - FIRST, END - 1 - last];
  if (Math.max(below, above) < 1_000) return [FIRST, END];
  return below > above ? [FIRST, first] : [last + 1, END];
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer().listen(port, "127.0.0.1");
    probe.once("error", () => resolve(false));
    probe.once("listening", () => probe.close(() => resolve(true)));
  });
}
