import type { Exchange } from "../http/exchange.ts";
import { type FieldList, fieldList } from "../http/fields.ts";
import type { Attribute, GuestExchange, LocalResponse } from "../wasm/exchange.ts";
import type { Verdict } from "../wasm/verdict.ts";

/** Runs the hooks of one plugin in one exchange for what they would have said: what remains is an attribute for the log. */
export class Shadow {
  /** What the plugin sees: a copy, which it may change whenever it likes. */
  readonly seen: ShadowExchange;
  readonly #exchange: Exchange;
  readonly #plugin: string;
  #suspended = false;
  #over = false;

  constructor(exchange: Exchange, plugin: string) {
    this.#exchange = exchange;
    this.#plugin = plugin;
    this.seen = new ShadowExchange(exchange);
  }

  /** `next` without running the hook while another one is suspended. */
  run(hook: () => Verdict): Verdict {
    if (this.#suspended) return { kind: "next" };
    this.seen.copy(this.#exchange);
    const verdict = hook();
    this.#note(verdict);
    return verdict;
  }

  /** Leaves what it would have done for the log. */
  say(text: string): void {
    this.#exchange.attributes.set(`shadow.${this.#plugin}`, text);
  }

  /** The exchange has ended. */
  end(): void {
    this.#over = true;
  }

  #note(verdict: Verdict): void {
    const answer = this.seen.localResponse;
    this.seen.localResponse = undefined;
    if (verdict.kind === "respond" && answer !== undefined) this.say(`${answer.status} ${answer.detail}`.trimEnd());
    else if (verdict.kind === "fault") this.say(`fault ${verdict.code}`);
    else if (verdict.kind === "wait") this.#listen(verdict);
  }

  #listen({ settle }: Extract<Verdict, { kind: "wait" }>): void {
    this.#suspended = true;
    settle((verdict) => {
      this.#suspended = false;
      if (!this.#over) this.#note(verdict);
    });
  }
}

/** The state that a filter can change, copied. */
class ShadowExchange implements GuestExchange {
  readonly id: number;
  readonly request: GuestExchange["request"];
  readonly response: { status: number; hasBody: boolean; readonly fields: FieldList };
  readonly connection: GuestExchange["connection"];
  readonly routing: GuestExchange["routing"];
  readonly attributes: Map<string, Attribute> = new Map();
  readonly standing: GuestExchange["standing"];
  localResponse: LocalResponse | undefined = undefined;
  usage: unknown = undefined;
  readonly #requestFields = fieldList();
  readonly #responseFields = fieldList();

  constructor(exchange: Exchange) {
    this.id = exchange.id;
    this.request = { ...exchange.request, fields: this.#requestFields };
    this.response = { status: 0, hasBody: false, fields: this.#responseFields };
    this.connection = exchange.connection;
    this.standing = exchange.standing;
    this.routing = { ...exchange.routing };
  }

  /** Forgets what the filter made of it. */
  copy({ request, response, routing, attributes }: Exchange): void {
    this.#requestFields.replace(request.fields.copy());
    this.#responseFields.replace(response.fields.copy());
    this.response.status = response.status;
    this.response.hasBody = response.hasBody;
    this.routing.chosen = routing.chosen;
    this.routing.hashKey = routing.hashKey;
    this.attributes.clear();
    for (const [name, value] of attributes) this.attributes.set(name, value);
  }
}
