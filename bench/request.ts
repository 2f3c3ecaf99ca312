/** The API key that the policies of the proxy bench let through. */
export const API_KEY = "bench-5f2c9d7e41b84a0c";

/** What a browser sends: eleven headers with the host, about 600 bytes. The same for every server. */
export const HEADERS: readonly (readonly [name: string, value: string])[] = [
  [
    "user-agent",
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36",
  ],
  ["accept", "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8"],
  ["accept-language", "en-GB,en;q=0.9,de;q=0.8"],
  ["accept-encoding", "gzip, deflate, br, zstd"],
  ["cache-control", "no-cache"],
  ["cookie", "session=5b0c8c2f9a7d4e31b6f0a1c2d3e4f506; theme=dark; consent=yes"],
  ["referer", "http://shop.example/orders?page=2"],
  ["sec-fetch-mode", "navigate"],
  ["x-request-start", "t=1764000000.000"],
  ["x-api-key", API_KEY],
];

/** The path of every request. */
export const PATH = "/orders/4711?expand=items";

/** The request as bytes for HTTP/1.1 with keep-alive. */
export function requestBytes(port: number): Buffer {
  const lines = [`host: 127.0.0.1:${port}`, ...HEADERS.map(([name, value]) => `${name}: ${value}`)];
  return Buffer.from(`GET ${PATH} HTTP/1.1\r\n${lines.join("\r\n")}\r\n\r\n`, "latin1");
}
