import { DURATION } from "../duration.ts";

/** JSON Schema as this folder writes it. `description` is what an error message says was expected. */
export type Schema = Readonly<Record<string, unknown>>;

/** An object that refuses fields it does not know. */
export function object(properties: Readonly<Record<string, Schema>>, required: readonly string[] = []): Schema {
  return { type: "object", properties, required, additionalProperties: false };
}

export const list = (items: Schema, limits: Schema = {}): Schema => ({ type: "array", items, ...limits });
export const oneOf = (...values: readonly string[]): Schema => ({ type: "string", enum: values });
export const text: Schema = { type: "string" };
export const flag: Schema = { type: "boolean" };
/** Accepted as it is, whatever it holds: fields of Kubernetes that mean nothing outside a cluster. */
export const anything: Schema = {};

export const integer = (minimum: number, maximum: number): Schema => ({ type: "integer", minimum, maximum });
export const port: Schema = { ...integer(1, 65535), description: "a port from 1 to 65535" };

const matching = (pattern: string, description: string, maxLength = 253): Schema => ({
  type: "string",
  pattern,
  maxLength,
  description,
});

export const name = matching(
  "^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$",
  "a name of lower-case letters, digits, '-' and '.', at most 253",
);
export const namespace = matching(
  "^[a-z0-9]([-a-z0-9]*[a-z0-9])?$",
  "a name of lower-case letters, digits and '-', at most 63",
  63,
);
const LABEL = "[a-z0-9]([-a-z0-9]*[a-z0-9])?";
export const hostname = matching(
  `^(\\*\\.)?${LABEL}(\\.${LABEL})*$`,
  "a lower-case host name such as shop.example.com or *.example.com",
);
export const preciseHostname = matching(
  `^${LABEL}(\\.${LABEL})*$`,
  "a lower-case host name without wildcard, such as shop.example.com",
);
export const headerName = matching("^[A-Za-z0-9!#$%&'*+\\-.^_`|~]+$", "a header name (RFC 9110 token)", 256);
export const headerValue = matching(
  "^[\\t\\x20-\\x7e\\x80-\\xff]*$",
  "a header value without control characters, at most 4096",
  4096,
);
export const duration = matching(DURATION, "a duration such as 10s, 1h30m or 500ms", 64);
export const digest = matching("^sha256:[0-9a-f]{64}$", "sha256: and 64 lower-case hex digits", 71);

const labels: Schema = { type: "object", additionalProperties: text };

const metadata: Schema = {
  type: "object",
  properties: { name, namespace, labels, creationTimestamp: { type: ["string", "null"] } },
  required: ["name"],
};

/** A whole document: its envelope, and `spec` or whatever else the kind has at the top. */
export function manifest(body: Readonly<Record<string, Schema>>, required: readonly string[] = ["spec"]): Schema {
  const envelope = { apiVersion: text, kind: text, metadata, status: anything };
  return object({ ...envelope, ...body }, ["metadata", ...required]);
}
