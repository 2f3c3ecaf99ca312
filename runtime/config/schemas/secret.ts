import { flag, manifest, type Schema, text } from "./fields.ts";

export interface SecretBody {
  readonly type?: string;
  /** Values in base64. */
  readonly data?: Readonly<Record<string, string>>;
  /** Values as they are; they go before those of `data`. */
  readonly stringData?: Readonly<Record<string, string>>;
}

const values: Schema = { type: "object", additionalProperties: text };

/** Kubernetes core/v1 `Secret`. Only those of the type `kubernetes.io/tls` have a meaning here: certificates of listeners. */
export const secretSchema = manifest({ type: text, data: values, stringData: values, immutable: flag }, []);
