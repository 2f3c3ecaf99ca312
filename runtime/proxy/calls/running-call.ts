import type { FieldList } from "../../http/fields.ts";
import { fieldList } from "../../http/fields.ts";
import { Alarm } from "../../telemetry/wheel.ts";
import type { CallFailure, CallOutcome, GuestCall } from "../../wasm/guest-calls.ts";
import type { ClusterState } from "../cluster/clusters.ts";
import type { Flag } from "../flags.ts";
import { Forward, type ForwardListener, type ForwardRequest } from "../forward.ts";
import { KeptBytes } from "../pipeline/kept-bytes.ts";
import type { Services } from "../services.ts";
import { BytesSource } from "./bytes-source.ts";

export interface RunningCallOptions {
  readonly call: GuestCall;
  readonly cluster: ClusterState;
  /** With those of the trace. */
  readonly fields: FieldList;
  readonly services: Services;
  /** Told once; not after `cancel`, and never within the constructor. */
  readonly done: (outcome: CallOutcome) => void;
}

/** One call of a guest on its way: a request of its own, which waits for its response to be whole. */
export class RunningCall implements ForwardListener {
  readonly takesFrames = false;
  readonly #options: RunningCallOptions;
  readonly #forward: Forward;
  readonly #alarm = new Alarm(this);
  readonly #body = new KeptBytes();
  #status = 0;
  #fields: FieldList = fieldList();
  #done: ((outcome: CallOutcome) => void) | undefined;
  #starting = true;

  constructor(options: RunningCallOptions) {
    const { call, cluster, services, done } = options;
    this.#options = options;
    this.#done = done;
    const { body } = call;
    const source = body.length === 0 ? undefined : () => new BytesSource(body);
    this.#forward = new Forward(requestOf(options), cluster, 0, services, this, source);
    const now = services.clock.monotonic();
    services.wheel.arm(this.#alarm, call.timeout, now);
    this.#forward.start(now);
    this.#starting = false;
  }

  cancel(): void {
    this.#finish();
    this.#forward.abort();
  }

  expired(): void {
    this.#giveUp("timeout", `no whole response within ${this.#options.call.timeout} ms`);
  }

  informational(): void {}

  head(status: number, fields: FieldList): void {
    this.#status = status;
    this.#fields = fields;
    const length = Number(fields.get("content-length") ?? 0);
    if (this.#options.call.method !== "HEAD" && length > this.#options.call.maxBytes) this.#tooLarge();
  }

  data(chunk: Uint8Array): boolean {
    if (this.#body.length + chunk.length > this.#options.call.maxBytes) this.#tooLarge();
    else this.#body.add(chunk);
    return true;
  }

  frame(): boolean {
    return true;
  }

  end(trailers: FieldList | undefined): void {
    this.#tell({
      kind: "response",
      status: this.#status,
      headers: this.#fields.entries(),
      body: this.#body.take(),
      trailers: trailers?.entries() ?? [],
    });
  }

  failed(flag: Flag, detail: string): void {
    const failure: CallFailure = { kind: "failure", reason: REASONS[flag] ?? "broken", detail };
    // The caller does not have the call yet.
    if (this.#starting) process.nextTick(() => this.#tell(failure));
    else this.#tell(failure);
  }

  #tooLarge(): void {
    this.#giveUp("too-large", `the response has more than ${this.#options.call.maxBytes} bytes`);
  }

  #giveUp(reason: CallFailure["reason"], detail: string): void {
    this.#forward.abort();
    this.#tell({ kind: "failure", reason, detail });
  }

  #tell(outcome: CallOutcome): void {
    const done = this.#done;
    this.#finish();
    done?.(outcome);
  }

  #finish(): void {
    this.#done = undefined;
    this.#body.take();
    this.#options.services.wheel.cancel(this.#alarm);
  }
}

function requestOf({ call, fields }: RunningCallOptions): ForwardRequest {
  const { method, authority, target, body } = call;
  if (body.length > 0) fields.set("content-length", String(body.length));
  const hasBody = body.length > 0;
  return { method, authority, target, path: target, query: undefined, fields, hasBody, upgrade: undefined };
}

const REASONS: Partial<Record<Flag, CallFailure["reason"]>> = {
  UH: "unreachable",
  UF: "unreachable",
  UO: "overflow",
  UT: "timeout",
};
