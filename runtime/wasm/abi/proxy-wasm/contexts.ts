import type { BodyPiece, Fields, GuestExchange, LocalResponse } from "../../exchange.ts";
import type { CallResponse } from "../../guest-calls.ts";
import type { Budget } from "../../host/budget.ts";
import { type GiveUp, NEXT, RESPOND, type Settle, type Verdict } from "../../verdict.ts";
import type { GuestVm } from "./guest-vm.ts";
import type { HeaderMap } from "./header-maps.ts";

export type Direction = "request" | "response";

/** What a guest calls by a number, and acts on. */
export type Context = RootContext | StreamContext;

/** The plugin itself under its configuration. */
export class RootContext {
  readonly kind = "root";
  readonly id: number;
  /** The answer that a callback is about. */
  response: CallResponse | undefined = undefined;
  /** What `proxy_get_status` tells. */
  status = { code: 0, message: "" };
  /** Its share of the log, until the callback returns. */
  budget: Budget | undefined = undefined;
  /** `ending`: it was told, and may have more to do until it calls `proxy_done`. */
  life: "serving" | "ending" | "over" = "serving";
  /** Ends it; undefined unless somebody waits for that. */
  done: (() => void) | undefined = undefined;

  constructor(id: number) {
    this.id = id;
  }
}

/** One exchange as the filter sees it. */
export class StreamContext {
  readonly kind = "stream";
  readonly id: number;
  readonly exchange: GuestExchange;
  /** Where it lives. */
  readonly vm: GuestVm;
  /** When the filter first saw it, in milliseconds since the Unix epoch. */
  readonly since: number;
  readonly request = new Flow();
  readonly response = new Flow();
  /** What the filter answers, until the proxy takes it. */
  reply: LocalResponse | undefined = undefined;
  /** It has answered, or closed the stream. */
  answered = false;
  /** It answered in place of a response that it had seen: the answer does not come by it again. */
  past = false;
  /** `proxy_on_log` runs: messages can be read only. */
  logging = false;
  /** Its heads, once the filter has asked for them. */
  requestMap: HeaderMap | undefined = undefined;
  responseMap: HeaderMap | undefined = undefined;
  done = false;
  /** Units of fuel that its callbacks have burnt. */
  spent = 0;
  calls = 0;
  callsOpen = 0;

  constructor(vm: GuestVm, id: number, exchange: GuestExchange) {
    this.vm = vm;
    this.id = id;
    this.exchange = exchange;
    this.since = vm.host.services.clock.now();
  }

  /** Lets go what waits for an answer that has come meanwhile. A microtask: no guest is on the stack. */
  settle(): void {
    for (const flow of [this.response, this.request]) {
      // The proxy hears an answer once, from whatever still waits.
      if (this.reply !== undefined && flow.waits) {
        this.exchange.localResponse = this.reply;
        this.reply = undefined;
        flow.answer(RESPOND);
      } else if (flow.resumed && flow.waits) flow.answer(NEXT);
    }
  }

  fail(verdict: Verdict): void {
    for (const flow of [this.request, this.response]) if (flow.waits) flow.answer(verdict);
  }
}

/** One direction of an exchange. */
export class Flow {
  /** `open`: the head is at this filter, to be read and edited. */
  head: "unseen" | "open" | "passed" = "unseen";
  /** What the running hook is about, or what is held. */
  piece: BodyPiece | undefined = undefined;
  trailers: Fields | undefined = undefined;
  /** The guest asked to go on. */
  resumed = false;
  #waits = false;
  #listener: ((verdict: Verdict) => void) | undefined = undefined;
  #verdict: Verdict | undefined = undefined;
  /** Counts hooks and waits: who gives up an old wait does not touch a new one. */
  #turn = 0;

  /** Whether the guest has stopped it. */
  get waits(): boolean {
    return this.#waits;
  }

  /** The next hook of this direction begins. */
  begin(): void {
    this.#turn += 1;
    this.resumed = false;
    this.#waits = false;
    this.#listener = undefined;
    this.#verdict = undefined;
  }

  /** Stops it until `answer`, or until nobody waits for that any more. */
  wait(): { readonly settle: Settle; readonly giveUp: GiveUp } {
    const turn = this.#turn;
    this.#waits = true;
    return {
      settle: (listener) => {
        this.#listener = listener;
        if (this.#verdict !== undefined) queueMicrotask(() => this.#tell());
      },
      giveUp: () => {
        if (this.#turn === turn) this.#waits = false;
      },
    };
  }

  answer(verdict: Verdict): void {
    this.#waits = false;
    this.#verdict = verdict;
    if (verdict.kind !== "fault") this.pass();
    this.#tell();
  }

  /** Head, bytes or trailers go on: they are no longer this filter's. */
  pass(): void {
    if (this.head === "open") this.head = "passed";
    this.piece = undefined;
    this.trailers = undefined;
  }

  #tell(): void {
    const [listener, verdict] = [this.#listener, this.#verdict];
    if (listener === undefined || verdict === undefined) return;
    this.#listener = undefined;
    listener(verdict);
  }
}
