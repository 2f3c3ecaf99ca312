import type { SecretBody } from "./schemas/secret.ts";

/** A value of a Secret; `stringData` goes before `data`, as in Kubernetes. */
export function secretText({ data, stringData }: SecretBody, name: string): string | undefined {
  const encoded = data?.[name];
  return stringData?.[name] ?? (encoded === undefined ? undefined : Buffer.from(encoded, "base64").toString("latin1"));
}
