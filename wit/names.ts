/** `retry-after-ms` -> `retryAfterMs`. */
export function camel(name: string): string {
  return name.replace(/-([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
}

/** `retry-after-ms` -> `RetryAfterMs`. */
export function pascal(name: string): string {
  return camel(`-${name}`);
}

/** Documentation text as a comment, indented. */
export function comment(docs: string, indent = ""): string {
  if (docs === "") return "";
  const lines = docs.split("\n");
  if (lines.length === 1) return `${indent}/** ${docs} */\n`;
  return `${indent}/**\n${lines.map((line) => `${indent} * ${line}\n`).join("")}${indent} */\n`;
}
