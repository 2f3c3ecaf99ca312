/** One raw input and what has to become of it. Text is a character per byte. */
export interface WireCase {
  readonly id: string;
  readonly bytes: string;
  /**
   * `reject`: an error and the end of the connection; the origin sees nothing complete, nothing behind it is read.
   * `accept`: the origin sees it once, as it was allowed. `answer`: valid, but for the proxy to answer itself.
   */
  readonly want: "reject" | "accept" | "answer";
  /** Where the RFCs say so, or let a recipient do so. */
  readonly section: string;
  /** Of the last response; 4xx or 5xx when it is rejected, 200 when it is accepted. */
  readonly status?: number;
  /** Requests of the bytes that the origin has to see, in order; 1 where it is accepted, 0 where it is rejected. */
  readonly requests?: number;
  /** Targets at the origin where they differ from what the client wrote. */
  readonly targets?: readonly string[];
  /** The Host field at the origin where it differs. */
  readonly host?: string;
  /** The connection ends with this message; what comes behind it is not read. */
  readonly closes?: boolean;
  /** Nothing is sent behind it: it would become part of the message. */
  readonly alone?: boolean;
  /** Responses before the last that are interim. */
  readonly interim?: readonly number[];
  /** What the origin answers every request with, in place of a plain 200. */
  readonly answer?: string;
}

type Rest = Omit<WireCase, "id" | "bytes" | "want" | "section">;

/** Makes the cases of one table: ids are a letter and a number. */
export function wireTable(letter: string): {
  readonly cases: WireCase[];
  reject(section: string, bytes: string | readonly string[], rest?: Rest): void;
  accept(section: string, bytes: string | readonly string[], rest?: Rest): void;
  answer(section: string, bytes: string | readonly string[], rest?: Rest): void;
} {
  const cases: WireCase[] = [];
  const adder =
    (want: WireCase["want"]) =>
    (section: string, bytes: string | readonly string[], rest: Rest = {}) => {
      for (const each of typeof bytes === "string" ? [bytes] : bytes) {
        cases.push({
          id: `${letter}${String(cases.length + 1).padStart(2, "0")}`,
          bytes: each,
          want,
          section,
          ...rest,
        });
      }
    };
  return { cases, reject: adder("reject"), accept: adder("accept"), answer: adder("answer") };
}

export const HOST = "Host: a.test\r\n";

export const get = (fields = ""): string => `GET /x HTTP/1.1\r\n${HOST}${fields}\r\n`;

/** A POST with these field lines, each ended, and this body. */
export const post = (fields: string, body = ""): string => `POST /x HTTP/1.1\r\n${HOST}${fields}\r\n${body}`;

/** With a body of five bytes. */
export const lengths = (values: readonly string[]): string[] =>
  values.map((value) => post(`Content-Length: ${value}\r\n`, "hello"));

export const CHUNKED = "Transfer-Encoding: chunked\r\n";

/** A chunked body as it stands. */
export const chunked = (body: string): string => post(CHUNKED, body);

export const line = (text: string): string => `${text}\r\n${HOST}\r\n`;
