import type { BodyPiece, Fields, GuestExchange } from "../exchange.ts";
import type { Aside, Generation } from "../generation.ts";
import { NEXT, type Settle, type Verdict } from "../verdict.ts";
import type { Quarantine } from "./quarantine.ts";
import { Share, type ShareOptions } from "./share.ts";
import { Strikes } from "./strikes.ts";

export interface GuardOptions {
  readonly clock: { now(): number; monotonic(): number };
  /** Uniform in [0, 1). */
  readonly random: () => number;
  /** So often in a row may one hook use up its time. @default 2, as PLUGIN_LIMITS */
  readonly exhaustions?: number | undefined;
  /** Undefined: it may have the whole thread. */
  readonly share?: Omit<ShareOptions, "monotonic"> | undefined;
  /** Told within a hook: it must not run one. */
  readonly onQuarantine: (quarantine: Quarantine) => void;
  /** It was tried again and runs. */
  readonly onRelease: () => void;
}

/** Every member of a generation: one that is optional and forgotten here would be missed by nobody. */
type Complete = { readonly [Name in keyof Required<Generation>]: Generation[Name] };

const BETWEEN_LOOKS = 7;
const ASIDE = "on-tick";

type Run<Given> = (exchange: GuestExchange, given: Given) => Verdict;

type Fault = Extract<Verdict, { kind: "fault" }>;

const SHED: Fault = Object.freeze({
  kind: "fault",
  code: "PLUGIN_SHED",
  detail: "it had used up its share of the thread's time",
});

/**
 * Runs a generation as long as it behaves. Too many faults (`Strikes`) put it in quarantine: hooks are refused at once, without
 * an instance, until it has waited; then one hook is let through, and decides. While all is well a hook costs a few
 * comparisons more.
 */
export class GuardedGeneration implements Complete, Aside {
  readonly version: string;
  readonly digest: string;
  readonly hooks: Generation["hooks"];
  readonly bodies: Generation["bodies"];
  readonly bodyBytes: Generation["bodyBytes"];
  readonly seesOwnAnswers: boolean;
  readonly logsUnreached: boolean;
  readonly release: Generation["release"];
  readonly onRequestBody: Generation["onRequestBody"];
  readonly onResponseBody: Generation["onResponseBody"];
  readonly onRequestTrailers: Generation["onRequestTrailers"];
  readonly onResponseTrailers: Generation["onResponseTrailers"];
  readonly #inner: Generation;
  readonly #options: GuardOptions;
  readonly #strikes: Strikes;
  readonly #share: Share | undefined;
  readonly #run: Record<"on-request" | "on-response" | "on-log", (exchange: GuestExchange) => Verdict>;
  /** Hooks that may go by before the fuel is looked at again. */
  #calm = 0;
  /** Whether a hook is not simply run. */
  #alert = false;
  /** What hooks answer in place of being run. */
  #refusal: Fault | undefined = undefined;
  #shedUntil = 0;
  #shed = 0;
  #quarantine: Quarantine | undefined = undefined;
  #closed = false;

  constructor(inner: Generation, options: GuardOptions) {
    const { clock, random, share, exhaustions } = options;
    const monotonic = () => clock.monotonic();
    this.#inner = inner;
    this.#options = options;
    this.#strikes = new Strikes({ exhaustions, monotonic, random });
    this.#share = share && new Share({ ...share, monotonic });
    this.#run = {
      "on-request": (exchange) => inner.onRequest(exchange),
      "on-response": (exchange) => inner.onResponse(exchange),
      "on-log": (exchange) => inner.onLog(exchange),
    };
    this.version = inner.version;
    this.digest = inner.digest;
    this.hooks = inner.hooks;
    this.bodies = inner.bodies;
    this.bodyBytes = inner.bodyBytes;
    this.seesOwnAnswers = inner.seesOwnAnswers ?? false;
    this.logsUnreached = inner.logsUnreached ?? false;
    this.release = inner.release?.bind(inner);
    this.onRequestBody = this.#guarded<BodyPiece>("on-request-body", inner.onRequestBody?.bind(inner));
    this.onResponseBody = this.#guarded<BodyPiece>("on-response-body", inner.onResponseBody?.bind(inner));
    this.onRequestTrailers = this.#guarded<Fields>("request trailers", inner.onRequestTrailers?.bind(inner));
    this.onResponseTrailers = this.#guarded<Fields>("response trailers", inner.onResponseTrailers?.bind(inner));
  }

  onRequest(exchange: GuestExchange): Verdict {
    if (this.#alert) return this.#withCare("on-request", this.#run["on-request"], exchange);
    const verdict = this.#inner.onRequest(exchange);
    return verdict === NEXT && this.#calm-- > 0 ? verdict : this.#judge("on-request", verdict);
  }

  onResponse(exchange: GuestExchange): Verdict {
    if (this.#alert) return this.#withCare("on-response", this.#run["on-response"], exchange);
    const verdict = this.#inner.onResponse(exchange);
    return verdict === NEXT && this.#calm-- > 0 ? verdict : this.#judge("on-response", verdict);
  }

  /** Nothing hangs on what it says, so it says nothing while it is not run. */
  onLog(exchange: GuestExchange): Verdict {
    if (!this.#alert) return this.#judge("on-log", this.#inner.onLog(exchange));
    const verdict = this.#withCare("on-log", this.#run["on-log"], exchange);
    return verdict === this.#refusal ? NEXT : verdict;
  }

  /** Runs what no exchange waits for: `next` in its place while the plugin is not run. */
  run(run: () => Verdict): Verdict {
    if (!this.#alert) return this.#judge(ASIDE, run());
    const verdict = this.#withCare(ASIDE, run, undefined);
    return verdict === this.#refusal ? NEXT : verdict;
  }

  /** What had to run has no say in how a quarantine ends. */
  count(callback: string, verdict: Verdict): void {
    if (this.#quarantine === undefined) this.#judge(callback, verdict);
  }

  close(): void {
    this.#closed = true;
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

  get started(): number {
    return this.#inner.started ?? 0;
  }

  get startFuel(): number | undefined {
    return this.#inner.startFuel;
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

  #guarded<Given>(hook: string, run: Run<Given> | undefined): Run<Given> | undefined {
    if (run === undefined) return undefined;
    return (exchange, given) =>
      this.#alert ? this.#withCare(hook, (one) => run(one, given), exchange) : this.#judge(hook, run(exchange, given));
  }

  /** Refuses the hook, lets it through as a trial, or times it. */
  #withCare<Given>(hook: string, run: (given: Given) => Verdict, exchange: Given): Verdict {
    if (this.#refusal !== undefined && this.#isRefused()) return this.#refusal;
    if (!this.#share?.measuring) return this.#judge(hook, run(exchange));
    const { clock } = this.#options;
    const [began, burnt] = [clock.monotonic(), this.fuelUsed];
    const verdict = run(exchange);
    this.#share.sample(this.fuelUsed - burnt, clock.monotonic() - began);
    this.#update();
    return this.#judge(hook, verdict);
  }

  /** Whether a refusal still holds; lets one hook through when its time has come. */
  #isRefused(): boolean {
    if (this.#quarantine !== undefined) return !this.#strikes.mayTry();
    if (this.#options.clock.monotonic() >= this.#shedUntil) {
      this.#refusal = undefined;
      this.#update();
      return false;
    }
    this.#shed += 1;
    return true;
  }

  #judge(hook: string, verdict: Verdict): Verdict {
    this.#calm = BETWEEN_LOOKS;
    if (this.#share !== undefined && this.fuelUsed > this.#share.allowance) this.#overShare(this.#share);
    if (verdict === NEXT && !this.#alert) return verdict;
    if (verdict.kind === "fault") this.#fault(hook, verdict);
    else if (verdict.kind !== "wait") this.#behaved(hook);
    if (!("settle" in verdict) || verdict.settle === undefined) return verdict;
    return { ...verdict, settle: this.#watched(hook, verdict.settle) };
  }

  /** What was let in before a quarantine has no say in how it ends. */
  #watched(hook: string, settle: Settle): Settle {
    const begun = this.#quarantine;
    return (listener) =>
      settle((verdict) => listener(begun === this.#quarantine ? this.#judge(hook, verdict) : verdict));
  }

  #overShare(share: Share): void {
    const until = share.exceeded(this.fuelUsed);
    if (until !== undefined && this.#quarantine === undefined) {
      this.#shedUntil = until;
      this.#refusal = SHED;
    }
    this.#update();
  }

  #fault(hook: string, { code, detail }: Fault): void {
    if (this.#closed) return;
    const wait = this.#strikes.fault(code, hook);
    this.#update();
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
    this.#update();
  }

  #behaved(hook: string): void {
    const was = this.#quarantine;
    if (was === undefined) this.#strikes.ended(hook);
    else {
      this.#strikes.passed();
      this.#quarantine = undefined;
      this.#refusal = undefined;
    }
    this.#update();
    if (was !== undefined) this.#options.onRelease();
  }

  #update(): void {
    this.#alert = this.#refusal !== undefined || this.#share?.measuring === true || this.#strikes.wary;
  }
}
