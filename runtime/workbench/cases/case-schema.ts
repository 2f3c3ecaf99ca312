import { TIMESTAMP } from "../../artifact/schema.ts";
import {
  duration,
  flag,
  headerName,
  integer,
  list,
  object,
  oneOf,
  type Schema,
  text,
} from "../../config/schemas/fields.ts";

const scalar: Schema = { type: ["string", "number", "boolean"], description: "a text, a number, true or false" };
const mapOf = (values: Schema, names: Schema = text): Schema => ({
  type: "object",
  propertyNames: names,
  additionalProperties: values,
});
const free: Schema = { type: "object" };

const header: Schema = {
  type: ["string", "number", "boolean", "array"],
  items: scalar,
  description: "a header value, or a list of them",
};
const headers = mapOf(header, headerName);

/** Text, or `{ json: … }`, or `{ base64: … }`. */
const bytes: Schema = {
  type: ["string", "object"],
  properties: { json: {}, base64: text },
  additionalProperties: false,
  minProperties: 1,
  maxProperties: 1,
  description: "a text, { json: … } or { base64: … }",
};
const body = { body: bytes, chunks: list(bytes) };

const request = object({
  method: text,
  path: { ...text, pattern: "^(/|\\*)", description: "a path that begins with /" },
  scheme: oneOf("http", "https"),
  authority: text,
  headers,
  clientAddress: text,
  protocol: oneOf("HTTP/1.0", "HTTP/1.1", "HTTP/2"),
  route: text,
  backends: list(text),
  attributes: mapOf(scalar),
  ...body,
});

const status = { ...integer(100, 599), description: "a status from 100 to 599" };
const response = object({ status, headers, ...body });

/** What a backend answers to the filter's calls. */
const backend = object({
  status,
  headers,
  body: bytes,
  error: oneOf("unknown-backend", "unreachable", "timeout", "too-large", "broken", "overflow"),
});

/** What a value should be: itself, `null` for absent, or `{ matches: REGULAR EXPRESSION }`. */
const wanted: Schema = {
  type: ["string", "number", "boolean", "null", "object"],
  properties: { matches: text },
  required: ["matches"],
  additionalProperties: false,
  description: "a value, null for none, or { matches: REGULAR EXPRESSION }",
};
const wantedHeaders = mapOf(wanted, headerName);
const verdict = oneOf("next", "respond", "fault");
const answered = { verdict, status, headers: wantedHeaders, body: wanted, json: {}, detail: wanted };

const logLine: Schema = {
  type: ["string", "object"],
  properties: { level: oneOf("trace", "debug", "info", "warn", "error"), message: wanted },
  additionalProperties: false,
  description: "a message, or { level, message }",
};

const call = object({ backend: wanted, method: wanted, target: wanted, headers: wantedHeaders, body: wanted });

const expectation = object({
  ...answered,
  fault: wanted,
  request: object({ headers: wantedHeaders, body: wanted, json: {} }),
  attributes: mapOf(wanted),
  backend: wanted,
  hashKey: wanted,
  response: object(answered),
  logs: list(logLine),
  calls: list(call),
  counters: mapOf({ type: "number" }),
  gauges: mapOf({ type: "number" }),
  store: mapOf(wanted),
});

const exchange = { request, response, expect: expectation, snapshot: flag };
const step: Schema = object({ advance: duration, ...exchange });

/** What every case of a document begins with, unless it says otherwise. */
const setup = {
  config: free,
  clock: { ...text, pattern: TIMESTAMP, description: "a time such as 2026-01-01T00:00:00Z" },
  keySets: mapOf(free),
  grants: list(text),
  sensitiveHeaders: list(text),
  http: mapOf(backend),
  store: mapOf(text),
  quota: mapOf({ type: "number", minimum: 0, description: "tokens that are left" }),
};

const oneCase = object(
  {
    name: { ...text, minLength: 1 },
    ...setup,
    ...exchange,
    refused: { ...wanted, description: "the filter's reason, or { matches: REGULAR EXPRESSION }" },
    steps: list(step, { minItems: 1 }),
  },
  ["name"],
);

/** Of one document in a `*.cases.yaml`. */
export const CASES_SCHEMA: Schema = object({ ...setup, cases: list(oneCase, { minItems: 1 }) }, ["cases"]);
