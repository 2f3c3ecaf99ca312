import { connectH1 } from "./h1/client/connect-h1.ts";
import { connectH2 } from "./h2/connect-h2.ts";
import type { Connect } from "./outbound.ts";

/** Sends requests in the protocol that the endpoint declares. */
export const connectDeclared: Connect = (endpoint, limits) =>
  (endpoint.protocol === "h2c" ? connectH2 : connectH1)(endpoint, limits);
