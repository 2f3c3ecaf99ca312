import type { Anatomy } from "../../wasm/anatomy.ts";
import type { CommandModule } from "../command.ts";
import { foreignRows } from "../foreign-rows.ts";
import { isPluginFile } from "../plugin-file.ts";
import { type RegistryOptions, registryOptions, withRegistry } from "../registry-options.ts";
import { table } from "../terminal.ts";

export const command: CommandModule = {
  register(program, terminal) {
    const inspect = program
      .command("inspect")
      .argument("<reference|file>", "a plugin in a registry, or a component on disk")
      .option("--json", "print the result as JSON")
      .description("show what a plugin is and what it can do; says nothing about who made it, see `heddle verify`")
      .addHelpText(
        "after",
        "\nExamples:\n  heddle inspect registry.example/acme/my-filter:1.0.0\n  heddle inspect dist/my-filter.wasm",
      );
    registryOptions(inspect).action(async (text: string, options: RegistryOptions & { json?: boolean }) => {
      const { inspectFile, inspectReference } = await import("../../delivery/inspect-plugin.ts");
      const found = isPluginFile(text)
        ? await inspectFile(text)
        : await withRegistry(text, options, (client, reference) => inspectReference(client, reference));
      if (options.json) return terminal.json(found);
      const signatures = found.signatures.map(({ key, says }) => `${says} by ${key}`);
      const rows = [
        [
          "plugin",
          found.name === undefined ? "unknown: no manifest beside the file" : `${found.name} ${found.version}`,
        ],
        ["description", found.description ?? ""],
        ["digest", found.digest ?? "none: not laid out for a registry"],
        ...foreignRows(found.foreign),
        ["component", `${found.component} (${found.size.toLocaleString("en")} bytes)`],
        ["hooks", found.hooks.join(", ")],
        ["capabilities", found.capabilities.join(", ") || "none"],
        ["admission", found.refusal ?? "passed"],
        ...found.modules.slice(0, 1).flatMap(anatomyRows),
        ["config", found.config.join(", ") || "none"],
        ["signatures", signatures.join("; ") || "none"],
      ];
      for (const line of table(rows)) terminal.print(line);
    });
  },
};

/** The filter's own module; the others of a component are its wrapping. */
function anatomyRows({ bytes, meteredBytes, functions, memoryPages, worst, imports }: Anatomy): string[][] {
  const fuel = meteredBytes - bytes;
  return [
    ["reaches", imports.join(", ") || "nothing"],
    [
      "code",
      `${bytes.toLocaleString("en")} bytes, ${functions} functions; fuel adds ${fuel.toLocaleString("en")} bytes`,
    ],
    ["memory", `${memoryPages} ${memoryPages === 1 ? "page" : "pages"} of 64 KiB at the start`],
    ["largest", `function ${worst.index}: ${worst.locals} locals times ${worst.blocks} blocks`],
  ];
}
