import { HeddleError } from "../../errors.ts";
import type { CommandModule } from "../command.ts";

const TYPES = { p256: "ecdsa-p256", ed25519: "ed25519" } as const;

export const command: CommandModule = {
  register(program, terminal) {
    program
      .command("keys")
      .description("make keys for signing")
      .command("generate")
      .description("make a key pair, in cosign's file format")
      .option("-o, --out <stem>", "writes STEM.key and STEM.pub", "heddle")
      .option("-t, --type <type>", "p256 or ed25519", "p256")
      .option("--json", "print the result as JSON")
      .addHelpText(
        "after",
        "\nThe private key is sealed with HEDDLE_KEY_PASSWORD.\n\nExample:\n  heddle keys generate --out acme",
      )
      .action(async ({ out, type, json }: { out: string; type: string; json?: boolean }) => {
        const { generateKey } = await import("../../artifact/keys.ts");
        const { writeKeyPair } = await import("../key-files.ts");
        const key = generateKey(algorithmOf(type));
        const paths = await writeKeyPair(out, key);
        if (process.env.HEDDLE_KEY_PASSWORD === undefined) {
          terminal.say(
            `${terminal.paint("yellow", "warning")} HEDDLE_KEY_PASSWORD is not set: ${paths.key} has an empty password`,
          );
        }
        if (json) return terminal.json({ ...paths, type, id: key.public.hint });
        terminal.print(`private key  ${paths.key}`);
        terminal.print(`public key   ${paths.pub}`);
        terminal.print(`key id       ${key.public.hint}`);
      });
  },
};

function algorithmOf(type: string): (typeof TYPES)[keyof typeof TYPES] {
  if (type === "p256" || type === "ed25519") return TYPES[type];
  throw new HeddleError("USAGE", `expected the type p256 or ed25519, got ${type}`);
}
