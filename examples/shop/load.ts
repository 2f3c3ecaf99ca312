import { setTimeout as sleep } from "node:timers/promises";
import { Pool } from "undici";

/** One answered or failed request of a load. */
export interface Shot {
  /** Milliseconds since the load began, when the answer was complete. */
  readonly answeredAt: number;
  /** 0 when the connection failed. */
  readonly status: number;
  /** The value of the watched response header. */
  readonly mark: string | undefined;
}

export interface Load {
  readonly shots: readonly Shot[];
  /** Milliseconds since the load began. */
  elapsed(): number;
  /** Sends nothing more, waits for what is under way. */
  stop(): Promise<readonly Shot[]>;
}

export interface LoadOptions {
  readonly url: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Requests a second, sent whether or not earlier ones have been answered. */
  readonly rate: number;
  /** The response header whose value is kept with each shot. */
  readonly watch: string;
  readonly connections?: number;
}

const TICK_MS = 5;
/** The rate grows linearly for this long, so that a cold proxy is not met by all of it at once. */
const RAMP_MS = 1_000;

/** How many requests are due after so many milliseconds. */
function due(elapsed: number, rate: number): number {
  const ramped = elapsed < RAMP_MS ? (elapsed * elapsed) / (2 * RAMP_MS) : elapsed - RAMP_MS / 2;
  return Math.floor((ramped * rate) / 1000);
}

/** An open-loop load on one URL, until it is stopped. */
export function startLoad({ url, path, headers, rate, watch, connections = 64 }: LoadOptions): Load {
  const pool = new Pool(url, { connections, pipelining: 1 });
  const shots: Shot[] = [];
  const began = performance.now();
  const elapsed = () => performance.now() - began;
  const underWay = new Set<Promise<void>>();
  let sent = 0;
  let running = true;

  async function shoot(): Promise<void> {
    try {
      const response = await pool.request({ path, method: "GET", headers });
      await response.body.dump();
      const mark = response.headers[watch];
      const seen = typeof mark === "string" ? mark : undefined;
      shots.push({ answeredAt: elapsed(), status: response.statusCode, mark: seen });
    } catch {
      shots.push({ answeredAt: elapsed(), status: 0, mark: undefined });
    }
  }

  const loop = (async () => {
    while (running) {
      for (const target = due(elapsed(), rate); sent < target; sent += 1) {
        const shot = shoot().finally(() => underWay.delete(shot));
        underWay.add(shot);
      }
      await sleep(TICK_MS);
    }
  })();

  return {
    shots,
    elapsed,
    async stop() {
      running = false;
      await loop;
      await Promise.all(underWay);
      await pool.close();
      return shots;
    },
  };
}
