import { CHUNKED, get, HOST, post, wireTable } from "../wire-case.ts";

/** Several messages on one connection: pipelining, bytes behind bad messages, interim and early responses, cuts. */
const table = wireTable("S");
const { reject, accept } = table;

const BAD = [
  "GET /bad HTTP/1.1\r\n\r\n",
  post("Content-Length: 5\r\nContent-Length: 6\r\n", "hello!"),
  post("Content-Length: -1\r\n"),
  post(`${CHUNKED}Content-Length: 5\r\n`, "0\r\n\r\n"),
  post("Transfer-Encoding: gzip\r\n"),
  post(CHUNKED, "zz\r\n"),
  post(CHUNKED, "5\r\nhello!\r\n0\r\n\r\n"),
  "garbage\r\n\r\n",
  "\x00\x00\x00\x00",
  "GET /bad HTTP/9.9\r\nHost: a.test\r\n\r\n",
];

// The good request in front is answered, the bad one is refused, nothing behind it is read.
reject(
  "9112 9.3.2",
  BAD.map((bad) => `${get()}${bad}`),
  { requests: 1 },
);
reject(
  "9112 9.3.2",
  BAD.slice(0, 5).map((bad) => `${post("Content-Length: 5\r\n", "hello")}${bad}`),
  { requests: 1 },
);
reject(
  "9112 9.3.2",
  BAD.slice(0, 5).map((bad) => `${get()}${get()}${get()}${bad}`),
  { requests: 3 },
);
reject("9112 9.3.2", `${post(CHUNKED, "5\r\nhello\r\n0\r\n\r\n")}x`, { requests: 1 });
reject("9112 9.3.2", `${get()}\r\n\r\n\r\n\n${get()}`, { requests: 1 });
reject(
  "9112 6.3",
  [
    `${post("Content-Length: 3\r\n", "hello")}`,
    `${post(CHUNKED, "5\r\nhello\r\n0\r\n\r\nhello\r\n")}`,
    `${get()}hello\r\n\r\n`,
  ],
  { requests: 1 },
);

accept("9112 9.3.2", `${get()}${get()}`, { requests: 2 });
accept("9112 9.3.2", get().repeat(20), { requests: 20 });
accept("9112 9.3.2", `${post("Content-Length: 5\r\n", "hello")}${post(CHUNKED, "5\r\nworld\r\n0\r\n\r\n")}${get()}`, {
  requests: 3,
});
accept("9112 9.3.2", `${line("HEAD")}${line("GET")}${line("HEAD")}`, { requests: 3 });
accept("9112 2.2", `${get()}\r\n${get()}`, { requests: 2 });
accept("9112 2.2", `${post("Content-Length: 5\r\n", "hello")}\r\n${get()}`, { requests: 2 });
accept("9112 9.6", `${get("Connection: close\r\n")}${get()}`, { requests: 1, closes: true });
accept("9112 9.6", `${get()}${post("Connection: close\r\nContent-Length: 5\r\n", "hello")}${get()}`, {
  requests: 2,
  closes: true,
});
accept("9112 9.3", `GET /x HTTP/1.0\r\n${HOST}\r\n${get()}`, { requests: 1, closes: true });
accept("9112 9.3", `${get()}GET /x HTTP/1.0\r\n${HOST}\r\n${get()}`, { requests: 2, closes: true });

function line(method: string): string {
  return `${method} /x HTTP/1.1\r\n${HOST}\r\n`;
}

// Interim responses are relayed, a final one is what the client waits for.
const OK = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok";
accept("9110 15.2", get(), { answer: `HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n${OK}`, interim: [103] });
accept("9110 15.2", get(), {
  answer: `${"HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n".repeat(3)}${OK}`,
  interim: [103, 103, 103],
});
accept("9110 15.2.1", get(), { answer: `HTTP/1.1 100 Continue\r\n\r\n${OK}`, interim: [] });
accept("9110 15.2", get(), { answer: `HTTP/1.1 102 Processing\r\n\r\n${OK}`, interim: [102] });
accept("9110 15.2", `GET /x HTTP/1.0\r\n${HOST}\r\n`, {
  answer: `HTTP/1.1 103 Early Hints\r\n\r\n${OK}`,
  interim: [],
  closes: true,
});
accept("9110 15.2", get(), {
  answer: "HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n",
  status: 502,
});
accept("9110 15.3.5", get(), { answer: "HTTP/1.1 204 No Content\r\n\r\n", status: 204 });
accept("9110 15.4.5", get(), {
  answer: 'HTTP/1.1 304 Not Modified\r\netag: "x"\r\ncontent-length: 5\r\n\r\n',
  status: 304,
});
accept("9112 6.3", `HEAD /x HTTP/1.1\r\n${HOST}\r\n`, { answer: "HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\n" });
accept("9112 6.3", `HEAD /x HTTP/1.1\r\n${HOST}\r\n`, {
  answer: "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n",
});
accept("9112 7.1", get(), { answer: "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n" });
accept("9112 7.1.2", get(), { answer: "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n0\r\nx-sum: 1\r\n\r\n" });

export const SEQUENCES = table.cases;
