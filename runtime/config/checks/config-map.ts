import { AUTHORITIES, authoritiesFault } from "../certificate.ts";
import type { ConfigMapBody } from "../schemas/config-map.ts";
import type { Check } from "./walk.ts";

/** What calls itself `ca.crt` holds certificates. Whatever else a ConfigMap has is nobody's business here. */
export const checkConfigMap: Check = (body, context) => {
  const path = ["data", AUTHORITIES];
  const given = (body as ConfigMapBody).data?.[AUTHORITIES];
  if (given === undefined || !context.clean(path)) return [];
  const fault = authoritiesFault(given);
  return fault === undefined ? [] : [{ path, expected: "certificates in PEM that TLS takes", got: fault }];
};
