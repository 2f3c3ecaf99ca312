import type { BodyPiece, Fields, GuestExchange } from "../exchange.ts";
import type { Generation } from "../generation.ts";
import { NEXT, type Settle, type Verdict } from "../verdict.ts";
import type { Quarantine } from "./quarantine.ts";
import { Share, type ShareOptions } from "./share.ts";
import { Strikes } from "./strikes.ts";

export interface GuardOptions {
  readonly clock: { now(): number; monotonic(): number };
  /** Uniform in [0, 1). */
  readonly random: () => number;
  /** Undefined: it may have the whole thread. */
  readonly share?: Pick<ShareOptions, "share" | "fuelPerMilli"> | undefined;
  /** Told within a hook: it must not run one. */
  readonly onQuarantine: (quarantine: Quarantine) => void;
  /** It was tried again and runs. */
  readonly onRelease: () => void;
}

/** Every member of a generation: one that is optional and forgotten here would be missed by nobody. */
type Complete = { readonly [Name in keyof Required<Generation>]: Generation[Name] };

type Fault = Extract<Verdict, { kind: "fault" }>;

const SHED: Fault = Object.freeze({
  kind: "fault",
  code: "PLUGIN_SHED",
  detail: "it had used up its share of the thread's time",
});

/**
 * Runs a generation as long as it behaves. Five faults in a minute put it in quarantine: hooks are refused at once, without
 * an instance, until it has waited; then one hook is let through, and decides. While all is well a hook costs two
 * comparisons more.
 */
export class GuardedGeneration implements Complete {
  readonly version: string;
  readonly digest: string;
  readonly hooks: Generation["hooks"];
  readonly bodies: Generation["bodies"];
  readonly bodyBytes: Generation["bodyBytes"];
  readonly release: Generation["release"];
  readonly onRequestBody: Generation["onRequestBody"];
  readonly onResponseBody: Generation["onResponseBody"];
  readonly onRequestTrailers: Generation["onRequestTrailers"];
  readonly onResponseTrailers: Generation["onResponseTrailers"];
  readonly #inner: Generation;
  readonly #options: GuardOptions;
  readonly #strikes: Strikes;
  readonly #share: Share | undefined;
  /** What hooks answer in place of being run. */
  #refusal: Fault | undefined = undefined;
  #shedUntil = 0;
  #shed = 0;
  #quarantine: Quarantine | undefined = undefined;

  constructor(inner: Generation, options: GuardOptions) {
    const { clock, random, share } = options;
    const monotonic = () => clock.monotonic();
    this.#inner = inner;
    this.#options = options;
    this.#strikes = new Strikes({ monotonic, random });
    this.#share = share && new Share({ ...share, monotonic });
    this.version = inner.version;
    this.digest = inner.digest;
    this.hooks = inner.hooks;
    this.bodies = inner.bodies;
    this.bodyBytes = inner.bodyBytes;
    this.release = inner.release?.bind(inner);
    this.onRequestBody = this.#guarded<BodyPiece>(inner.onRequestBody?.bind(inner));
    this.onResponseBody = this.#guarded<BodyPiece>(inner.onResponseBody?.bind(inner));
    this.onRequestTrailers = this.#guarded<Fields>(inner.onRequestTrailers?.bind(inner));
    this.onResponseTrailers = this.#guarded<Fields>(inner.onResponseTrailers?.bind(inner));
  }

  onRequest(exchange: GuestExchange): Verdict {
    if (this.#refusal !== undefined && this.#isRefused()) return this.#refusal;
    const verdict = this.#inner.onRequest(exchange);
    return verdict === NEXT && this.#isCalm() ? verdict : this.#judge(verdict);
  }

  onResponse(exchange: GuestExchange): Verdict {
    if (this.#refusal !== undefined && this.#isRefused()) return this.#refusal;
    const verdict = this.#inner.onResponse(exchange);
    return verdict === NEXT && this.#isCalm() ? verdict : this.#judge(verdict);
  }

  /** Nothing hangs on what it says, so it says nothing while it is not run. */
  onLog(exchange: GuestExchange): Verdict {
    if (this.#refusal !== undefined && this.#isRefused()) return NEXT;
    const verdict = this.#inner.onLog(exchange);
    return verdict === NEXT && this.#isCalm() ? verdict : this.#judge(verdict);
  }

  close(): void {
    this.#inner.close();
  }

  get traps(): number {
    return this.#inner.traps;
  }

  get memorySize(): number {
    return this.#inner.memorySize;
  }

  get fuelUsed(): number {
    return this.#inner.fuelUsed ?? 0;
  }

  get shed(): number {
    return this.#shed;
  }

  get quarantine(): Quarantine | undefined {
    return this.#quarantine;
  }

  /** Quarantine that was decided elsewhere; nobody is told. */
  isolate(quarantine: Quarantine): void {
    this.#strikes.wait(quarantine.wait, quarantine.level);
    this.#enter(quarantine);
  }

  #guarded<Given>(
    run: ((exchange: GuestExchange, given: Given) => Verdict) | undefined,
  ): ((exchange: GuestExchange, given: Given) => Verdict) | undefined {
    if (run === undefined) return undefined;
    return (exchange, given) => {
      if (this.#refusal !== undefined && this.#isRefused()) return this.#refusal;
      return this.#judge(run(exchange, given));
    };
  }

  /** Whether a refusal still holds; lets one hook through when its time has come. */
  #isRefused(): boolean {
    if (this.#quarantine !== undefined) return !this.#strikes.mayTry();
    if (this.#options.clock.monotonic() >= this.#shedUntil) {
      this.#refusal = undefined;
      return false;
    }
    this.#shed += 1;
    return true;
  }

  /** Whether there is nothing to decide about a hook that went well. */
  #isCalm(): boolean {
    return this.#quarantine === undefined && !this.#isOverShare();
  }

  #isOverShare(): boolean {
    return this.#share !== undefined && (this.#inner.fuelUsed as number) > this.#share.allowance;
  }

  #judge(verdict: Verdict): Verdict {
    if (this.#isOverShare()) this.#overShare();
    if (verdict.kind === "fault") this.#fault(verdict);
    else if (verdict.kind !== "wait") this.#behaved();
    if (!("settle" in verdict) || verdict.settle === undefined) return verdict;
    return { ...verdict, settle: this.#watched(verdict.settle) };
  }

  /** What was let in before a quarantine has no say in how it ends. */
  #watched(settle: Settle): Settle {
    const begun = this.#quarantine;
    return (listener) => settle((verdict) => listener(begun === this.#quarantine ? this.#judge(verdict) : verdict));
  }

  #overShare(): void {
    const until = this.#share?.exceeded(this.#inner.fuelUsed as number);
    if (until === undefined || this.#quarantine !== undefined) return;
    this.#shedUntil = until;
    this.#refusal = SHED;
  }

  #fault({ code, detail }: Fault): void {
    const wait = this.#strikes.fault(code);
    if (wait === undefined) return;
    const { level } = this.#strikes;
    const since = this.#options.clock.now();
    const quarantine: Quarantine = { version: this.version, code, detail, wait, level, since };
    this.#enter(quarantine);
    this.#options.onQuarantine(quarantine);
  }

  #enter(quarantine: Quarantine): void {
    this.#quarantine = quarantine;
    const detail = `not run after too many faults, the last ${quarantine.code}: ${quarantine.detail}`;
    this.#refusal = { kind: "fault", code: "PLUGIN_QUARANTINED", detail };
  }

  #behaved(): void {
    if (this.#quarantine === undefined) return;
    this.#strikes.passed();
    this.#quarantine = undefined;
    this.#refusal = undefined;
    this.#options.onRelease();
  }
}
