import { setImmediate as turn } from "node:timers/promises";
import { messageOf } from "../errors.ts";
import type { CallFailure, CallOutcome, GuestCall, GuestCalls } from "../wasm/guest-calls.ts";
import { type FakeHeaders, flatten } from "./fake-exchange.ts";
import type { FakeTime } from "./fake-time.ts";

/** A call that a filter made. */
export interface FakeCall {
  /** `namespace/name:port`. */
  readonly backend: string;
  readonly method: string;
  readonly authority: string;
  /** Path with its query. */
  readonly target: string;
  readonly headers: Readonly<Record<string, string>>;
  /** As text. */
  readonly body: string;
}

/** What a backend answers, or why it does not. */
export type FakeAnswer =
  | {
      /** @default 200 */
      readonly status?: number;
      readonly headers?: FakeHeaders;
      readonly body?: string | Uint8Array;
    }
  | { readonly error: CallFailure["reason"] };

/** A backend: always the same answer, or one for each call. One that never answers is cut off as its clock moves on. */
export type FakeBackend = FakeAnswer | ((call: FakeCall) => FakeAnswer | Promise<FakeAnswer>);

export interface FakeCalls extends GuestCalls {
  /** Every call, in order. */
  readonly made: FakeCall[];
  /** Resolves when no call is open and whoever waited for the last one has gone on. */
  idle(): Promise<void>;
}

/** Backends by name: the only ones that there are. */
export function createFakeCalls(backends: Readonly<Record<string, FakeBackend>>, { after }: FakeTime): FakeCalls {
  const made: FakeCall[] = [];
  let open = 0;
  return {
    made,
    async idle() {
      do await turn();
      while (open > 0);
    },
    knows: (backend) => Object.hasOwn(backends, backend),
    send(call, done) {
      const { backend, method, authority, target, headers } = call;
      const fake = {
        backend,
        method,
        authority,
        target,
        headers: Object.fromEntries(headers),
        body: textOf(call.body),
      };
      made.push(fake);
      open++;
      let isOver = false;
      const over = (outcome: CallOutcome): void => {
        if (isOver) return;
        cancel();
        done(outcome);
      };
      const expire = after(call.timeout, () => over(failure("timeout", `no answer within ${call.timeout} ms`)));
      const cancel = (): void => {
        if (!isOver) open--;
        isOver = true;
        expire();
      };
      answerOf(backends[backend] as FakeBackend, fake).then(
        (answer) => over(outcomeOf(answer, call)),
        (thrown) => over(failure("broken", messageOf(thrown))),
      );
      return { cancel };
    },
  };
}

/** Never at once: a filter sleeps even for an answer that is there. */
async function answerOf(backend: FakeBackend, call: FakeCall): Promise<FakeAnswer> {
  return typeof backend === "function" ? backend(call) : backend;
}

/** As a proxy gives it to the filter: a body beyond what the call takes is a failure. */
export function outcomeOf(answer: FakeAnswer, { maxBytes }: GuestCall): CallOutcome {
  if ("error" in answer) return failure(answer.error, "the test says so");
  const { status = 200, headers, body = "" } = answer;
  const bytes = Buffer.from(body);
  if (bytes.length > maxBytes) return failure("too-large", `more than ${maxBytes} bytes`);
  return { kind: "response", status, headers: pairsOf(headers), body: bytes, trailers: [] };
}

function pairsOf(headers: FakeHeaders = {}): [string, string][] {
  const flat = flatten(headers);
  const names = flat.filter((_, index) => index % 2 === 0);
  return names.map((name, index) => [name.toLowerCase(), flat[index * 2 + 1] ?? ""]);
}

function failure(reason: CallFailure["reason"], detail: string): CallFailure {
  return { kind: "failure", reason, detail };
}

function textOf(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("utf8");
}
