/**
 * Envoy's response flags, verbatim, and five of our own: they answer "who produced this 503?". `words` is all that a
 * client learns; the access log has the detail.
 */
export const FLAGS = {
  NR: { status: 404, words: "no route matches", meaning: "No route matched the request." },
  NC: { status: 500, words: "the route has no usable backend", meaning: "The chosen backend does not exist." },
  UH: { status: 503, words: "no healthy backend", meaning: "The cluster has no ready endpoint." },
  UF: { status: 503, words: "the backend could not be reached", meaning: "No connection to any endpoint." },
  UC: { status: 502, words: "the backend closed the connection", meaning: "The endpoint broke the connection." },
  UO: { status: 503, words: "the backend is busy", meaning: "Too many requests wait for the cluster's connections." },
  UT: { status: 504, words: "the backend took too long", meaning: "A request or backend timeout passed." },
  UPE: { status: 502, words: "the backend broke the protocol", meaning: "The endpoint's answer is not valid HTTP." },
  DC: { status: 0, words: "", meaning: "The client left before the response was complete." },
  DPE: { status: 400, words: "malformed request", meaning: "The client broke the protocol." },
  SI: { status: 408, words: "the request took too long", meaning: "The client sent or read too slowly." },
  LR: { status: 0, words: "", meaning: "The proxy itself cut the exchange off." },
  IE: { status: 500, words: "internal error", meaning: "Heddle's own: the proxy failed; its own log says how." },
  NFCF: { status: 503, words: "a policy is not ready", meaning: "A plugin that must decide is not loaded yet." },
  RL: { status: 429, words: "too many requests", meaning: "A filter refused the request by its rate." },
  UAEX: { status: 403, words: "denied", meaning: "A filter refused the request's credentials or rights." },
  PF: { status: 503, words: "a policy failed", meaning: "Heddle's own: a plugin that must decide trapped." },
  BL: { status: 413, words: "the body is too large", meaning: "Heddle's own: a filter keeps more than it may." },
  FA: { status: 200, words: "", meaning: "Heddle's own: a filter answered in place of the backend." },
  RD: { status: 302, words: "", meaning: "Heddle's own: the route redirects." },
} as const satisfies Record<string, { status: number; words: string; meaning: string }>;

export type Flag = keyof typeof FLAGS;
