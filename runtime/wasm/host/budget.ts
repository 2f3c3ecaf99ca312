import type { GuestExchange } from "../exchange.ts";
import type { PluginLimits } from "../limits.ts";
import type { HeadHook } from "../verdict.ts";

const MAX_EDITS = 100;
const MAX_EDIT_BYTES = 64 * 1024;
const MAX_LOG_LINES = 64;
const MAX_LOG_BYTES = 16 * 1024;

/** Of the few plugins that make any. */
interface Calls {
  made: number;
  open: number;
}

/** What one plugin may do in one exchange. */
export class Budget {
  /** The plugin's running generation, by identity. */
  readonly owner: object;
  /** Of another plugin in the same exchange. */
  readonly next: Budget | undefined;
  /** The head that the plugin holds back. */
  held: HeadHook | undefined = undefined;
  /** Units of fuel that its hooks have burnt for this exchange. */
  fuel = 0;
  #edits = 0;
  #editBytes = 0;
  #lines = 0;
  #logBytes = 0;
  #told = false;
  #calls: Calls | undefined = undefined;

  constructor(owner: object, next: Budget | undefined) {
    this.owner = owner;
    this.next = next;
  }

  /** Takes a header edit of so many characters; false when the share is used up. */
  edit(size: number): boolean {
    if (this.#edits >= MAX_EDITS || this.#editBytes + size > MAX_EDIT_BYTES) return false;
    this.#edits++;
    this.#editBytes += size;
    return true;
  }

  /** Takes a call to a backend; false when the share is used up. */
  call({ calls, callsAtOnce }: PluginLimits): boolean {
    this.#calls ??= { made: 0, open: 0 };
    if (this.#calls.made >= calls || this.#calls.open >= callsAtOnce) return false;
    this.#calls.made++;
    this.#calls.open++;
    return true;
  }

  callOver(): void {
    if (this.#calls !== undefined) this.#calls.open--;
  }

  /** Takes a line of log: `last` is the first that no longer fits. */
  log(size: number): "fits" | "last" | "over" {
    if (!this.#told && this.#lines < MAX_LOG_LINES && this.#logBytes + size <= MAX_LOG_BYTES) {
      this.#lines++;
      this.#logBytes += size;
      return "fits";
    }
    const first = !this.#told;
    this.#told = true;
    return first ? "last" : "over";
  }
}

/** The owner's budget, which the exchange carries from its first edit or line on. */
export function budgetOf(exchange: GuestExchange, owner: object): Budget {
  const known = knownBudgetOf(exchange, owner);
  if (known !== undefined) return known;
  const fresh = new Budget(owner, exchange.usage as Budget | undefined);
  exchange.usage = fresh;
  return fresh;
}

/** The owner's budget if there is one already. A list: an exchange meets few plugins. */
export function knownBudgetOf(exchange: GuestExchange, owner: object): Budget | undefined {
  let one = exchange.usage as Budget | undefined;
  while (one !== undefined && one.owner !== owner) one = one.next;
  return one;
}
