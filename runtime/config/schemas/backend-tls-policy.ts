import { hostname, list, manifest, name, object, oneOf, preciseHostname, type Schema, text } from "./fields.ts";

export interface PolicyTargetRef {
  readonly group: string;
  readonly kind: string;
  readonly name: string;
  /** Name of a port of the Service; without one, all ports. */
  readonly sectionName?: string;
}

export interface CertificateAuthorityRef {
  readonly group: string;
  readonly kind: string;
  readonly name: string;
}

export interface SubjectAltNameSpec {
  readonly type: "Hostname" | "URI";
  readonly hostname?: string;
  readonly uri?: string;
}

export interface BackendValidationSpec {
  readonly caCertificateRefs?: readonly CertificateAuthorityRef[];
  readonly wellKnownCACertificates?: string;
  readonly hostname: string;
  readonly subjectAltNames?: readonly SubjectAltNameSpec[];
}

export interface BackendTlsPolicySpec {
  readonly targetRefs: readonly PolicyTargetRef[];
  readonly validation: BackendValidationSpec;
  readonly options?: Readonly<Record<string, string>>;
}

const reference = { group: text, kind: text, name };
const options: Schema = { type: "object", additionalProperties: text, maxProperties: 16 };

const subjectAltName = object(
  { type: oneOf("Hostname", "URI"), hostname, uri: { type: "string", minLength: 1, maxLength: 253 } },
  ["type"],
);

const validation = object(
  {
    caCertificateRefs: list(object(reference, ["group", "kind", "name"]), { maxItems: 8 }),
    wellKnownCACertificates: { type: "string", minLength: 1, maxLength: 253 },
    hostname: preciseHostname,
    subjectAltNames: list(subjectAltName, { maxItems: 5 }),
  },
  ["hostname"],
);

/** Gateway API v1 `BackendTLSPolicy`. */
export const backendTlsPolicySchema = manifest({
  spec: object(
    {
      targetRefs: list(object({ ...reference, sectionName: name }, ["group", "kind", "name"]), {
        minItems: 1,
        maxItems: 16,
      }),
      validation,
      options,
    },
    ["targetRefs", "validation"],
  ),
});
