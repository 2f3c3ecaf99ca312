import { createReadStream } from "node:fs";
import { createInterface } from "node:readline";
import { compileSchema, decodeJson } from "../../artifact/schema.ts";
import { HeddleError } from "../../errors.ts";
import type { RecordedExchange, RecordingEnd } from "../../telemetry/recorded-exchange.ts";

const text = { type: "string" } as const;
const count = { type: "integer", minimum: 0 } as const;
const status = { type: "integer", minimum: 0, maximum: 999 } as const;
const headers = {
  type: "array",
  items: { type: "array", items: [text, text], minItems: 2, maxItems: 2, additionalItems: false },
} as const;
const body = { type: "object", required: ["bytes"], properties: { bytes: count, text, base64: text } } as const;
const error = { enum: ["unknown-backend", "unreachable", "timeout", "too-large", "broken", "overflow"] } as const;

const checkExchange = compileSchema<RecordedExchange>(
  {
    type: "object",
    required: ["time", "request", "client", "protocol", "route", "backends"],
    properties: {
      time: { type: "number" },
      request: {
        type: "object",
        required: ["method", "scheme", "authority", "path", "headers", "hasBody"],
        properties: {
          ...{ method: text, scheme: text, authority: text, path: text, query: text, headers, body },
          hasBody: { type: "boolean" },
        },
      },
      client: text,
      protocol: text,
      route: text,
      backends: { type: "array", items: text },
      response: { type: "object", required: ["status", "headers"], properties: { status, headers, body } },
      calls: {
        type: "array",
        items: {
          type: "object",
          required: ["backend", "method", "target"],
          properties: { backend: text, method: text, target: text, status, headers, body, error },
        },
      },
    },
  },
  "a recorded exchange",
  "RECORDING_INVALID",
);

const checkEnd = compileSchema<RecordingEnd>(
  {
    type: "object",
    required: ["end"],
    properties: {
      end: {
        type: "object",
        required: ["exchanges", "lost", "reason"],
        properties: { exchanges: count, lost: count, reason: text },
      },
    },
  },
  "the end of a recording",
  "RECORDING_INVALID",
);

/** A line of a recording, and its number from 1. */
export interface RecordedLine {
  readonly line: number;
  readonly recorded: RecordedExchange | RecordingEnd;
}

/**
 * Reads a recording line by line.
 *
 * @throws USAGE when it cannot be read; RECORDING_INVALID, with the line
 */
export async function* readRecording(file: string): AsyncGenerator<RecordedLine> {
  let line = 0;
  try {
    for await (const text of createInterface({ input: createReadStream(file, "utf8") })) {
      line += 1;
      if (text !== "") yield { line, recorded: parseLine(text, `${file}:${line}`) };
    }
  } catch (cause) {
    if (!(cause instanceof Error && "syscall" in cause)) throw cause;
    throw new HeddleError("USAGE", `expected a recording, but ${cause.message}`, { where: file, cause });
  }
}

function parseLine(text: string, where: string): RecordedExchange | RecordingEnd {
  const value = decodeJson(text, "RECORDING_INVALID", where);
  const isEnd = typeof value === "object" && value !== null && "end" in value;
  return isEnd ? checkEnd(value, where) : checkExchange(value, where);
}
