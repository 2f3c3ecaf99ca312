import { setTimeout as sleep } from "node:timers/promises";
import { Pool } from "undici";

/** One answered or failed request of a load. */
export interface Shot {
  /** Milliseconds since the load began, when the request was sent. */
  readonly sentAt: number;
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
    const sentAt = elapsed();
    try {
      const response = await pool.request({ path, method: "GET", headers });
      await response.body.dump();
      const mark = response.headers[watch];
      shots.push({ sentAt, status: response.statusCode, mark: typeof mark === "string" ? mark : undefined });
    } catch {
      shots.push({ sentAt, status: 0, mark: undefined });
    }
  }

  const loop = (async () => {
    while (running) {
      for (const due = Math.floor((elapsed() * rate) / 1000); sent < due; sent += 1) {
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
