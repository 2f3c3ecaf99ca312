import { createServer } from "node:net";

/** Below the ports that Linux gives to connections and to who listens on port 0, so that none of these gets in between. */
const [FIRST, LAST] = [12_000, 32_000];

/** A loopback port that nobody listened on a moment ago; another one each time, whichever process asks. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = FIRST + Math.floor(Math.random() * (LAST - FIRST));
    if (await isFree(port)) return port;
  }
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer().listen(port, "127.0.0.1");
    probe.once("error", () => resolve(false));
    probe.once("listening", () => probe.close(() => resolve(true)));
  });
}
