/**
 * One error class and one table of codes for the whole runtime.
 *
 * An error says what was expected, what came, where, and what to do. On the data plane failures are values
 * (see `runtime/proxy`); everything else throws `HeddleError` with a code from this table. `docs/errors.md` lists them.
 */

/** Every stable code, with what it means and what a person does about it. */
export const CODES = {
  // artifact: what a plugin is at rest
  ARTIFACT_NOT_WASM: ["The file is not a WebAssembly module or component.", "Build the plugin with `heddle build`."],
  ARTIFACT_TOO_LARGE: [
    "The file is larger than a plugin may be.",
    "Keep plugins under the size limit that the message names.",
  ],
  ARTIFACT_TRUNCATED: ["The file ends before its contents do.", "Fetch or build it again."],
  MANIFEST_INVALID: ["The plugin's manifest does not follow its schema.", "Correct the fields that the message names."],
  IMAGE_AMBIGUOUS: [
    "An image index does not say which of its images is the filter.",
    "Name the digest of that image, or give it the platform wasip1/wasm.",
  ],
  DIGEST_INVALID: ["A digest is not of the form sha256:<64 lower-case hex digits>.", "Copy the digest again."],
  DIGEST_MISMATCH: [
    "The bytes are not those that the digest names.",
    "Fetch them again; if it recurs, the source has been tampered with.",
  ],
  REFERENCE_INVALID: [
    "A plugin reference is not of the form HOST/REPOSITORY[:TAG][@DIGEST].",
    "Correct the reference.",
  ],
  SIGNATURE_MISSING: ["The plugin carries no signature.", "Sign it with `heddle sign`."],
  SIGNATURE_INVALID: [
    "The signature does not match what it should cover.",
    "Sign the plugin again with the right key.",
  ],
  SIGNATURE_KEY_UNKNOWN: [
    "The plugin is signed, but by nobody that the policy trusts.",
    "Sign it with a trusted key, or add the key to the Trust document.",
  ],
  SIGNATURE_CLAIM_MISMATCH: [
    "The signature is valid but speaks about another plugin, version or content.",
    "Sign this artifact itself.",
  ],
  KEY_INVALID: [
    "A key file cannot be read as a key of a supported kind.",
    "Use a P-256 or Ed25519 key; `heddle keys generate` makes one.",
  ],
  KEY_PASSWORD: ["The private key could not be decrypted.", "Set HEDDLE_KEY_PASSWORD to the password of the key."],
  STATE_REFUSED: ["A desired state was refused.", "See the detail: sequence, mesh, expiry or signature."],
  // build
  BUILD_COMPILE: [
    "The AssemblyScript compiler reported errors or warnings.",
    "Correct the lines that the message names.",
  ],
  BUILD_NO_HOOKS: [
    "The module exports none of the hooks of a filter.",
    "Export one of the hooks that docs/sdk.md lists, such as onRequest.",
  ],
  BUILD_TARGET: [
    "The filter does what its target has no means for.",
    "Leave out what the message names, or build a component.",
  ],
  BUILD_PLUGIN_JSON: [
    "plugin.json is missing or does not follow its schema.",
    "Correct the fields that the message names.",
  ],
  // workbench
  CASES_INVALID: [
    "A file of cases for `heddle test` does not follow its schema.",
    "Correct the lines that the message names; docs/testing.md has every field.",
  ],
  RECORDING_INVALID: [
    "A line of a recording is not an exchange as `heddle proxy --record` writes it.",
    "Record again, or remove the line that the message names.",
  ],
  // wasm: loading and running guests
  COMPONENT_INVALID: ["The component is malformed.", "Build it again with a supported tool."],
  ADMISSION_REFUSED: [
    "The module goes beyond a limit, or uses WebAssembly that plugins may not use.",
    "See the detail; build the plugin for WebAssembly 2.0 without threads, tail calls and exceptions.",
  ],
  COMPONENT_UNSUPPORTED: ["The component uses something this host does not run.", "See the detail."],
  IMPORT_UNKNOWN: [
    "The plugin imports a function that this proxy does not provide.",
    "Update the proxy, or build the plugin against its contract version.",
  ],
  IMPORT_NOT_GRANTED: [
    "The plugin imports a capability that its Plugin document does not grant.",
    "Grant it in spec.capabilities, or use another plugin.",
  ],
  COMPILE_FAILED: ["The engine refused the module.", "Build the plugin again."],
  START_FAILED: [
    "The plugin trapped while it was being started.",
    "See the detail; try the plugin with `heddle test`.",
  ],
  CONFIG_REFUSED: ["The plugin refused its configuration.", "Correct spec.config as the reason says."],
  GUEST_TRAP: ["The plugin trapped.", "See the detail for file and line."],
  PLUGIN_QUARANTINED: [
    "The plugin is not run for a while, after too many faults.",
    "See the detail for the last fault; release a version without it. It is tried again by itself.",
  ],
  PLUGIN_SHED: [
    "The plugin was not run for the rest of a second: it had used up its share of a thread's time, which other exchanges needed.",
    "Make the plugin cheaper, or raise spec.limits.share.",
  ],
  PLUGIN_STUCK: [
    "The plugin kept threads from coming back, which cost them.",
    "Find the hook that does not end; release a version without it.",
  ],
  FUEL_EXHAUSTED: ["The plugin used up its time.", "Make the hook do less, or raise the limit that the message names."],
  GUEST_PROTOCOL: [
    "The plugin broke the contract: a bad verdict, pointer or length.",
    "Rebuild it with the current SDK.",
  ],
  WAIT_TIMEOUT: [
    "The plugin made an exchange wait for too long.",
    "See what it waits for: a slow backend that it calls, or a callback that never lets go.",
  ],
  POOL_EXHAUSTED: [
    "All instances of the plugin wait for calls, and as many exchanges as may wait for one do, or one has waited too long.",
    "Look at what its calls wait for; raise limits.instances, limits.waiting or limits.waitingTimeout of the Plugin document.",
  ],
  GUEST_LOST: [
    "The instance that this exchange was on has ended, most often because of another exchange.",
    "See the trap that the log names before it.",
  ],
  // config
  CONFIG_SYNTAX: ["A document is not valid YAML or JSON.", "Correct the line that the message names."],
  CONFIG_INVALID: ["A document does not follow its schema.", "Correct the field that the message names."],
  CONFIG_KIND: ["A document is of a kind that Heddle does not know.", "Use one of the kinds that the message lists."],
  CONFIG_DUPLICATE: ["Two documents have the same kind, namespace and name.", "Rename or remove one."],
  CONFIG_LIMIT: ["A document is larger or more deeply nested than allowed.", "Split it."],
  // proxy
  LISTEN_FAILED: ["The proxy could not listen on a port.", "Free the port or choose another one."],
  PROXY_START: ["The proxy could not start.", "See the detail."],
  // delivery and registry
  REGISTRY_UNREACHABLE: ["The registry did not answer.", "Check its address and that it runs."],
  REGISTRY_DENIED: ["The registry refused the request.", "Check the token and its scope."],
  REGISTRY_PROTOCOL: [
    "The registry answered something that the OCI distribution specification does not allow.",
    "Check that the address is a registry's.",
  ],
  ARTIFACT_UNKNOWN: [
    "The registry has no such plugin, tag or digest.",
    "Check the reference; `heddle push` publishes a plugin.",
  ],
  CACHE_CORRUPT: ["A cached plugin no longer matches its digest.", "Nothing to do: it is fetched again."],
  REQUEST_INVALID: [
    "A request to the registry does not follow its schema.",
    "Correct the fields that the message names.",
  ],
  STORE_FULL: ["The disk is full.", "Free space; nothing that was acknowledged is lost."],
  STORE_LOCKED: ["Another registry uses the same folder.", "Stop it, or give this one a folder of its own."],
  TAG_IMMUTABLE: ["The version already exists with other content.", "Push a new version."],
  // cli
  USAGE: ["The command was called wrongly.", "See --help."],
} as const satisfies Record<string, readonly [meaning: string, remedy: string]>;

export type Code = keyof typeof CODES;

export interface ErrorPlace {
  /** File, URL, document or reference, with line where known: `routes.yaml:12`. */
  where?: string;
  /** Overrides the table's remedy when more is known. */
  remedy?: string;
  cause?: unknown;
}

const LONGEST = 16_384;
/** C0 but tab and line feed, C1, separators, bidirectional formatting: what forges lines or drives a terminal. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: these characters are what is looked for
const UNPRINTABLE = /[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;

/** Messages quote registries, publishers and files, and go to logs and terminals. */
function printable(text: string): string {
  const cut = text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text;
  return cut.replace(UNPRINTABLE, (one) => `\\u{${one.charCodeAt(0).toString(16)}}`);
}

/** A failure with a stable code. `message` says what was expected and what came. */
export class HeddleError extends Error {
  override readonly name = "HeddleError";
  readonly code: Code;
  readonly where: string | undefined;
  readonly remedy: string;

  constructor(code: Code, message: string, place: ErrorPlace = {}) {
    super(printable(message), place.cause === undefined ? undefined : { cause: place.cause });
    this.code = code;
    this.where = place.where === undefined ? undefined : printable(place.where);
    this.remedy = place.remedy ?? CODES[code][1];
  }

  /** `CODE: message (where). remedy`, for a terminal or a log line. */
  describe(): string {
    const where = this.where === undefined ? "" : ` (${this.where})`;
    return `${this.code}: ${this.message.replace(/\.$/, "")}${where}. ${this.remedy}`;
  }
}

export function isHeddleError(value: unknown): value is HeddleError {
  return value instanceof HeddleError;
}

/** The error's own words, whatever was thrown. */
export function messageOf(thrown: unknown): string {
  if (isHeddleError(thrown)) return thrown.describe();
  return thrown instanceof Error ? thrown.message : String(thrown);
}
