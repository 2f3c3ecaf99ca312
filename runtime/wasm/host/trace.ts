import type { TraceCapability, TraceStored } from "../abi/capabilities.ts";
import type { Attribute } from "../exchange.ts";
import { isAttributeName, MAX_ATTRIBUTE_TEXT } from "./attributes.ts";
import type { HookContext } from "./context.ts";

/** Of all filters of an exchange together. */
const MAX_ATTRIBUTES = 32;

/** Attributes of the exchange's span; they are for whoever reads traces, and no filter sees them again. */
export function traceCapability(context: HookContext): TraceCapability {
  const set = (name: string, value: Attribute): TraceStored => {
    if (!isAttributeName(name)) return "bad-name";
    if (typeof value === "string" && value.length > MAX_ATTRIBUTE_TEXT) return "too-large";
    const { exchange } = context;
    exchange.span ??= new Map();
    if (exchange.span.size >= MAX_ATTRIBUTES && !exchange.span.has(name)) return "too-many";
    exchange.span.set(name, value);
    return "done";
  };
  return { setText: set, setNumber: set, setFlag: set };
}
