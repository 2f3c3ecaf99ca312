import { Agent, createServer, type IncomingMessage, request, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { TestContext } from "node:test";
import type { CallOutcome, GuestCall, GuestCalls } from "../../runtime/wasm/guest-calls.ts";

export interface LocalCalls extends GuestCalls {
  /** Calls that have no outcome yet, and the most there have been at once. */
  readonly open: number;
  readonly most: number;
  /** Targets, in the order in which they were called. */
  readonly targets: string[];
  readonly cancelled: number;
}

/** Calls over sockets to a server of this process, which stands for every backend but `shop/nobody:80`. */
export async function localCalls(
  t: TestContext,
  serve: (request: IncomingMessage, response: ServerResponse) => void,
): Promise<LocalCalls> {
  const server = createServer(serve);
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  const agent = new Agent({ keepAlive: true });
  t.after(() => {
    agent.destroy();
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  const count = { open: 0, most: 0, cancelled: 0, targets: [] as string[] };
  return {
    knows: (backend) => backend !== "shop/nobody:80",
    send(call, done) {
      count.targets.push(call.target);
      count.most = Math.max(count.most, ++count.open);
      let isOver = false;
      const over = (outcome: CallOutcome): void => {
        if (isOver) return;
        isOver = true;
        count.open--;
        done(outcome);
      };
      const cancel = exchangeWith(call, { port, agent }, over);
      return {
        cancel() {
          if (isOver) return;
          isOver = true;
          count.open--;
          count.cancelled++;
          cancel();
        },
      };
    },
    get open() {
      return count.open;
    },
    get most() {
      return count.most;
    },
    get cancelled() {
      return count.cancelled;
    },
    targets: count.targets,
  };
}

function exchangeWith(
  call: GuestCall,
  to: { port: number; agent: Agent },
  over: (outcome: CallOutcome) => void,
): () => void {
  const headers = { ...Object.fromEntries(call.headers), host: call.authority };
  const options = { ...to, host: "127.0.0.1", method: call.method, path: call.target, headers };
  const outgoing = request(options, (response) => {
    const chunks: Buffer[] = [];
    response.on("data", (chunk: Buffer) => chunks.push(chunk));
    response.on("end", () => {
      const body = Buffer.concat(chunks);
      if (body.length > call.maxBytes) return over({ kind: "failure", reason: "too-large", detail: "" });
      const fields = Object.entries(response.headers).map(([name, value]): [string, string] => [name, String(value)]);
      over({ kind: "response", status: response.statusCode ?? 0, headers: fields, body, trailers: [] });
    });
  });
  outgoing.on("error", () => over({ kind: "failure", reason: "unreachable", detail: "" }));
  outgoing.end(call.body);
  return () => outgoing.destroy();
}
