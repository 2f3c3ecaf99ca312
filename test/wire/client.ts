import { connect, type Socket } from "node:net";
import { type Message, readResponse } from "./strict.ts";

/** What came back on one connection. */
export interface Conversation {
  readonly text: string;
  /** `open`: nothing more came in time. */
  readonly ending: "end" | "reset" | "open";
}

export interface Sending {
  /** Milliseconds until the connection counts as open. */
  readonly patience?: number;
  /** Waited for before it does: what shows that the other side has had the time to do something. */
  readonly confirmed?: () => Promise<unknown>;
  /** Ends the conversation from our side. */
  readonly until?: (text: string) => boolean;
  /** Ends our direction behind the bytes. */
  readonly finish?: boolean;
}

/** Sends the pieces, each in a write of its own, and listens until the other side ends the connection. */
export function converse(port: number, pieces: readonly string[], sending: Sending = {}): Promise<Conversation> {
  const { patience = 20_000, confirmed, until, finish = false } = sending;
  return new Promise((resolve) => {
    let text = "";
    let ending: Conversation["ending"] = "end";
    const socket: Socket = connect({ port, host: "127.0.0.1", noDelay: true, allowHalfOpen: true });
    const timer = setTimeout(async () => {
      await confirmed?.();
      if (!socket.destroyed) ending = "open";
      socket.destroy();
    }, patience);
    socket.on("data", (bytes) => {
      text += bytes.toString("latin1");
      if (until?.(text) !== true) return;
      ending = "open";
      socket.destroy();
    });
    socket.on("end", () => socket.destroy());
    socket.on("error", () => {
      ending = "reset";
    });
    socket.on("close", () => {
      clearTimeout(timer);
      resolve({ text, ending });
    });
    void send(socket, pieces, finish);
  });
}

async function send(socket: Socket, pieces: readonly string[], finish: boolean): Promise<void> {
  for (const piece of pieces) {
    if (socket.destroyed) return;
    await new Promise((resolve) => socket.write(piece, "latin1", resolve));
    await new Promise(setImmediate);
  }
  if (finish && !socket.destroyed) socket.end();
}

export interface Responses {
  readonly finals: readonly Message[];
  readonly interims: readonly Message[];
  /** What no strict reader can read of the text, or text that is not complete. */
  readonly wrong: string | undefined;
}

/** Reads every response; `methods` of the requests that they answer, in order, GET where they end. */
export function readResponses(text: string, methods: readonly string[], closed = true): Responses {
  const finals: Message[] = [];
  const interims: Message[] = [];
  let at = 0;
  while (at < text.length) {
    const read = readResponse(text, at, methods[finals.length] ?? "GET", closed);
    if (read.kind !== "message") {
      const wrong = `${read.kind === "bad" ? read.why : "incomplete"}: ${JSON.stringify(text.slice(at, at + 500))}`;
      return { finals, interims, wrong };
    }
    at = read.message.end;
    (read.message.status < 200 ? interims : finals).push(read.message);
  }
  return { finals, interims, wrong: undefined };
}
