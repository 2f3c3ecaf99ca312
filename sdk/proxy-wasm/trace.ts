import { TraceStored } from "../contract";
import { isAttributeName, MAX_ATTRIBUTE_TEXT, numberText } from "./attribute-values";
import { setProperty } from "./property";

// The span is out of reach. What is set is left with the stream, where the host's tags and logs can take it from.

const AREA = "heddle.trace.";

export function traceSetText(name: string, value: string): TraceStored {
  if (!isAttributeName(name)) return TraceStored.BadName;
  if (value.length > MAX_ATTRIBUTE_TEXT) return TraceStored.TooLarge;
  setProperty(AREA + name, String.UTF8.encode(value));
  return TraceStored.Done;
}

export function traceSetNumber(name: string, value: f64): TraceStored {
  return traceSetText(name, numberText(value));
}

export function traceSetFlag(name: string, value: bool): TraceStored {
  return traceSetText(name, value ? "true" : "false");
}
