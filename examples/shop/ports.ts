import { createServer } from "node:net";

/** Whether a loopback port can be listened on right now. */
function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once("error", () => resolve(false));
    probe.listen(port, "127.0.0.1", () => probe.close(() => resolve(true)));
  });
}

/** A port that the system picks. */
function anyPort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once("error", reject);
    probe.listen(0, "127.0.0.1", () => {
      const address = probe.address();
      const port = typeof address === "object" && address !== null ? address.port : 0;
      probe.close(() => resolve(port));
    });
  });
}

/** The wanted port, or a free one when somebody else has it, in which case `say` hears about it. */
export async function portFor(what: string, wanted: number, say: (line: string) => void): Promise<number> {
  if (await isFree(wanted)) return wanted;
  const port = await anyPort();
  say(`port ${wanted} is taken: ${what} listens on ${port} instead`);
  return port;
}
