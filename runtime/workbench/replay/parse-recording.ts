import { compileSchema, parseJson } from "../../artifact/schema.ts";
import type { RecordedExchange } from "../../telemetry/recorded-exchange.ts";

const text = { type: "string" } as const;
const status = { type: "integer", minimum: 0, maximum: 999 } as const;
const headers = {
  type: "array",
  items: { type: "array", items: [text, text], minItems: 2, maxItems: 2, additionalItems: false },
} as const;

const check = compileSchema<RecordedExchange>(
  {
    type: "object",
    required: ["time", "request", "client", "protocol", "route", "backends"],
    properties: {
      time: { type: "number" },
      request: {
        type: "object",
        required: ["method", "scheme", "authority", "path", "headers", "hasBody"],
        properties: {
          ...{ method: text, scheme: text, authority: text, path: text, query: text, headers },
          hasBody: { type: "boolean" },
        },
      },
      client: text,
      protocol: text,
      route: text,
      backends: { type: "array", items: text },
      response: { type: "object", required: ["status", "headers"], properties: { status, headers } },
    },
  },
  "a recorded exchange",
  "RECORDING_INVALID",
);

/** Reads a line of a recording. @throws RECORDING_INVALID */
export function parseRecorded(line: string, where: string): RecordedExchange {
  return parseJson(line, check, "RECORDING_INVALID", where);
}
