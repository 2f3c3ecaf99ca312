import { inOnePiece } from "../http/h1/latin1.ts";
import { quote } from "../telemetry/access-log.ts";
import type { EndpointState } from "./cluster/endpoint.ts";

/** Where an exchange went, as members of a line of the access log: listener, route, backend, endpoint, attempts. Durations follow. */
export class Place {
  readonly #text: string;
  readonly #nowhere: string;
  /** Of exchanges whose first attempt went well, as most do. */
  readonly #atEndpoint = new Map<EndpointState, string>();
  #last: EndpointState | undefined = undefined;
  #lastText = "";

  constructor(listener: string, route: string, backend: string) {
    this.#text = `,"listener":${quote(listener)},"route":${quote(route)},"backend":${quote(backend)},"upstream":`;
    this.#nowhere = `${this.#text}"","attempts":0,"duration":`;
  }

  /** @param endpoint the one that was tried last */
  textOf(endpoint: EndpointState | undefined, attempts: number): string {
    if (endpoint === undefined) return this.#nowhere;
    if (attempts !== 1) return `${this.#text}${quote(endpoint.name)},"attempts":${attempts},"duration":`;
    if (endpoint !== this.#last) {
      this.#last = endpoint;
      this.#lastText = this.#atEndpoint.get(endpoint) ?? this.#remember(endpoint);
    }
    return this.#lastText;
  }

  #remember(endpoint: EndpointState): string {
    const text = inOnePiece(`${this.#text}${quote(endpoint.name)},"attempts":1,"duration":`);
    this.#atEndpoint.set(endpoint, text);
    return text;
  }
}

/** Of an exchange that no rule has matched. */
export const NOWHERE: Place = new Place("", "", "");
