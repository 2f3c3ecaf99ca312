/**
 * Header fields that carry credentials, or say who a peer is: a filter sees them only when its Plugin document, or else
 * its signed manifest, names them. Lower case.
 */
export const SENSITIVE_HEADERS = [
  "authorization",
  "cookie",
  "proxy-authorization",
  "set-cookie",
  "x-forwarded-client-cert",
] as const;
