import { readFileSync } from "node:fs";
import { join } from "node:path";
import { packageRoot } from "../../runtime/package.ts";

/** One name that filters import from `heddle/sdk`, with the example from its doc comment. */
export interface DocumentedExport {
  readonly name: string;
  /** File in sdk/. */
  readonly file: string;
  /** Undefined when the export has no doc comment with an example. */
  readonly example: string | undefined;
}

/** Every export of the SDK, in the order of `sdk/index.ts`. */
export function documentedExports(): DocumentedExport[] {
  const index = readFileSync(join(packageRoot, "sdk", "index.ts"), "utf8");
  return [...index.matchAll(/^export \{ (\w+) \} from "\.\/([\w-]+)";$/gm)].map(([, name = "", stem = ""]) => {
    const text = readFileSync(join(packageRoot, "sdk", `${stem}.ts`), "utf8");
    return { name, file: `${stem}.ts`, example: exampleOf(text, name) };
  });
}

/** Example code in the doc comment right before the declaration of a name. */
function exampleOf(text: string, name: string): string | undefined {
  const declaration = new RegExp(
    `\\nexport (?:enum|class|function|namespace|let|const) ${name}\\b|\\nexport \\{ ${name} \\} from`,
  ).exec(text);
  if (declaration === null) return undefined;
  const before = text.slice(0, declaration.index);
  const comment = before.slice(before.lastIndexOf("/**"));
  if (!comment.endsWith("*/")) return undefined;
  const code = /@example\n \* ```ts\n([\s\S]*?)\n \* ```/.exec(comment)?.[1];
  return code?.replaceAll(/^ \* ?/gm, "");
}

/** The names of a filter's hooks that a module exports. */
export function hooksIn(code: string): string[] {
  return [
    ...code.matchAll(/^export function (configure|onRequest|onRequestBody|onResponse|onResponseBody|onLog|onTick)\b/gm),
  ].map(([, name = ""]) => name);
}

/** A complete module: an example that is a few statements becomes the body of a hook. */
export function asModule(example: string, names: readonly string[]): string {
  if (example.startsWith("import ")) return example;
  const used = [...new Set(["Action", ...names.filter((name) => new RegExp(`\\b${name}\\b`).test(example))])];
  const imports = used.filter((name) => name !== "console").join(", ");
  return `import { ${imports} } from "heddle/sdk";\nexport function onRequest(): Action {\n${example}\nreturn Action.Next;\n}\n`;
}
