import { flag, manifest, type Schema, text } from "./fields.ts";

export interface ConfigMapBody {
  readonly data?: Readonly<Record<string, string>>;
}

const values: Schema = { type: "object", additionalProperties: text };

/** Kubernetes core/v1 `ConfigMap`. Only `ca.crt` has a meaning here: certificates that a BackendTLSPolicy trusts. */
export const configMapSchema = manifest({ data: values, binaryData: values, immutable: flag }, []);
