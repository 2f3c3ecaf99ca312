import { type Message, optionsOf, valuesOf } from "./strict.ts";

/** RFC 3986 6.2.2 and 5.2.4 in the plainest words, of a target that is not ambiguous; the query is left alone. */
export function canonicalTarget(target: string): string {
  const origin = target.replace(/^https?:\/\/[^/?]*/i, "");
  const [path = "", ...query] = (origin.startsWith("/") ? origin : `/${origin}`).split("?");
  const decoded = path.replace(/%[0-9a-f]{2}/gi, (encoded) => {
    const char = String.fromCharCode(Number.parseInt(encoded.slice(1), 16));
    return /[A-Za-z0-9\-._~]/.test(char) ? char : encoded.toUpperCase();
  });
  return [withoutDots(decoded), ...query].join("?");
}

function withoutDots(path: string): string {
  const kept: string[] = [];
  const segments = path.slice(1).split("/");
  for (const segment of segments) {
    if (segment === "..") kept.pop();
    else if (segment !== ".") kept.push(segment);
  }
  if (/^\.\.?$/.test(segments.at(-1) ?? "")) kept.push("");
  return `/${kept.join("/")}`;
}

/** What the origin's Host field says; undefined where the client named no host. */
export function canonicalHost({ target, fields }: Message): string | undefined {
  const named = /^https?:\/\/([^/?]*)/i.exec(target)?.[1] ?? valuesOf(fields, "host")[0];
  return named
    ?.toLowerCase()
    .replace(/\.(?=:\d+$|$)/, "")
    .replace(/:0*(\d+)$/, ":$1");
}

/** Whether the connection ends with this request (RFC 9112 9.3). */
export function closes({ version, fields }: Message): boolean {
  const options = optionsOf(fields);
  return options.includes("close") || (version === "1.0" && !options.includes("keep-alive"));
}
