import { get, HOST, wireTable } from "../wire-case.ts";

/** Field lines: names, values, line ends, folding, sizes, counts. */
const table = wireTable("F");
const { reject, accept } = table;

const fields = (lines: readonly string[]): string[] => lines.map((each) => get(`${each}\r\n`));
const controls = Array.from({ length: 33 }, (_, code) => String.fromCharCode(code === 32 ? 127 : code)).filter(
  (each) => !"\t\r\n".includes(each),
);

reject("9112 5.1", fields(["X : 1", "X\t: 1", "X  : 1", "X Y: 1", "X \t: 1", "X", "X 1", "no-colon-at-all"]));
reject("9112 5", fields([": 1", ":", "::", " : 1", "\t: 1"]));
reject("9110 5.1", fields(["X(: 1", "X): 1", "X,: 1", "X/: 1", "X;: 1", "X<: 1", "X=: 1", "X>: 1", "X?: 1", "X@: 1"]));
reject(
  "9110 5.1",
  fields(["X[: 1", "X]: 1", "X\\: 1", "X{: 1", "X}: 1", 'X": 1', "X\x80: 1", "X\xff: 1", "\xc3\xa9: 1"]),
);
reject("9110 5.1", fields(["X\x00: 1", "\x00X: 1", "X\x0bY: 1", "X\x01: 1", "X\x7f: 1", "X\x1f: 1"]));
reject("9110 5.5", fields(controls.map((control) => `X: a${control}b`)));
reject("9112 2.2", fields(["X: 1\rY: 2", "X: 1\r", "X: 1\r\r\nY: 2", "X: \r1", "\rX: 1", "X\r: 1", "X:\r1"]));
reject(
  "9112 2.2",
  fields(["X: 1\nY: 2", "X: 1\n", "\nX: 1", "X: 1\n\nGET /smuggled HTTP/1.1", "X\n: 1", "X:\n1", "X: 1\n\r\nY: 2"]),
);
reject(
  "9112 5.2",
  fields([
    "X: 1\r\n 2",
    "X: 1\r\n\t2",
    " X: 1",
    "\tX: 1",
    "X: 1\r\n \r\nY: 2",
    "X:\r\n 1",
    "X: 1\r\n ",
    "X: 1\r\n 2\r\n 3",
  ]),
);
reject("9112 2.2", [
  `GET /x HTTP/1.1\r\n${HOST}\r`.concat("\rX"),
  `GET /x HTTP/1.1\r\n${HOST}\n`,
  `GET /x HTTP/1.1\r\n${HOST}\r\r\n`,
  `GET /x HTTP/1.1\r\nHost: a.test\n\r\n`,
  `GET /x HTTP/1.1\r\n\tX: 1\r\n${HOST}\r\n`,
  `GET /x HTTP/1.1\r\n \r\n${HOST}\r\n`,
]);
reject(
  "6585 5",
  [
    get(`X: ${"a".repeat(20_000)}\r\n`),
    get(`${"X".repeat(20_000)}: 1\r\n`),
    get(Array.from({ length: 100 }, (_, i) => `X${i}: 1\r\n`).join("")),
    get("X: 1\r\n".repeat(3_000)),
    get(`Cookie: ${"a=b; ".repeat(10_000)}\r\n`),
  ],
  { status: 431 },
);
reject("6585 5", `GET /x HTTP/1.1\r\n${HOST}X: ${"a".repeat(200_000)}`, { status: 431 });

accept(
  "9110 5.1",
  fields([
    "X: 1",
    "x_y: 1",
    "!#$%&'*+-.^_`|~0: 1",
    "X-A.b: 1",
    "1: 1",
    "__proto__: 1",
    "constructor: 1",
    "toString: 1",
  ]),
);
accept(
  "9110 5.5",
  fields([
    "X:",
    "X: ",
    "X:\t ",
    "X:1",
    "X:  1  ",
    "X: a\tb",
    "X: \x80\xff",
    "X: a:b",
    "X: :",
    'X: a,b;c="d"',
    "X: \xc3\xa9",
  ]),
);
accept("9110 5.3", fields(["X: 1\r\nX: 2\r\nx: 1", "Cookie: a=b\r\nCookie: c=d", "Accept: a\r\nX: 1\r\nAccept: b"]));
accept("6585 5", [
  get(Array.from({ length: 90 }, (_, i) => `X${i}: 1\r\n`).join("")),
  get(`X: ${"a".repeat(7_000)}\r\n`),
  get(`Cookie: ${"a=b; ".repeat(63)}a=b\r\n`),
]);
accept("9110 5.1", get(`X_Forwarded_For: 1.2.3.4\r\nx-user: a\r\nX-USER: b\r\n`));

export const FIELDS = table.cases;
