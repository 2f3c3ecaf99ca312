import { createGeneration, type Generation, type GenerationOptions } from "../../../runtime/wasm/generation.ts";
import { compilePlugin } from "../../../runtime/wasm/plugin.ts";
import type { HostServices } from "../../../runtime/wasm/services.ts";
import { coreModule } from "../guests.ts";
import { type TestServices, testServices } from "../surroundings.ts";

export interface FilterText {
  /** Fields of the module beside memory, allocator and marker. */
  readonly wat: string;
  /** @default 0_2_1 */
  readonly abi?: string;
  /** Names of `IMPORTS` to import. */
  readonly imports?: readonly string[];
  /** Imports of other modules. */
  readonly others?: string;
  /** Whether the allocator is left out. */
  readonly bare?: boolean;
  readonly data?: Readonly<Record<number, string>>;
}

/** Parameters of imports of `env`: `l` is an i64. */
export const IMPORTS: Readonly<Record<string, string>> = {
  proxy_log: "iii",
  proxy_get_log_level: "i",
  proxy_get_current_time_nanoseconds: "i",
  proxy_set_tick_period_milliseconds: "i",
  proxy_get_configuration: "ii",
  proxy_get_buffer_bytes: "iiiii",
  proxy_get_buffer_status: "iii",
  proxy_set_buffer_bytes: "iiiii",
  proxy_get_header_map_pairs: "iii",
  proxy_set_header_map_pairs: "iii",
  proxy_get_header_map_value: "iiiii",
  proxy_add_header_map_value: "iiiii",
  proxy_replace_header_map_value: "iiiii",
  proxy_remove_header_map_value: "iii",
  proxy_get_header_map_size: "ii",
  proxy_continue_stream: "i",
  proxy_close_stream: "i",
  proxy_continue_request: "",
  proxy_continue_response: "",
  proxy_clear_route_cache: "",
  proxy_send_local_response: "iiiiiiii",
  proxy_http_call: "iiiiiiiiii",
  proxy_get_status: "iii",
  proxy_grpc_call: "iiiiiiiiiiii",
  proxy_grpc_stream: "iiiiiiiii",
  proxy_grpc_send: "iiii",
  proxy_grpc_cancel: "i",
  proxy_grpc_close: "i",
  proxy_set_shared_data: "iiiii",
  proxy_get_shared_data: "iiiii",
  proxy_register_shared_queue: "iii",
  proxy_resolve_shared_queue: "iiiii",
  proxy_enqueue_shared_queue: "iii",
  proxy_dequeue_shared_queue: "iii",
  proxy_define_metric: "iiii",
  proxy_increment_metric: "il",
  proxy_record_metric: "il",
  proxy_get_metric: "ii",
  proxy_get_property: "iiii",
  proxy_set_property: "iiii",
  proxy_call_foreign_function: "iiiiii",
  proxy_set_effective_context: "i",
  proxy_done: "",
};

/** An allocator that never gives memory back. It begins at 32 KiB; below is room for data and results. */
const MALLOC = `
  (global $top (mut i32) (i32.const 32768))
  (func $malloc (export "malloc") (param $size i32) (result i32) (local $at i32)
    (local.set $at (global.get $top))
    (global.set $top (i32.and (i32.add (i32.add (local.get $at) (local.get $size)) (i32.const 7)) (i32.const -8)))
    (if (i32.gt_u (global.get $top) (i32.mul (memory.size) (i32.const 65536)))
      (then (drop (memory.grow (i32.add (i32.div_u (local.get $size) (i32.const 65536)) (i32.const 1))))))
    (local.get $at))`;

/** A filter from text. */
export function filterModule({
  wat,
  abi = "0_2_1",
  imports = [],
  others = "",
  bare = false,
  data = {},
}: FilterText): Uint8Array {
  const wanted = [...new Set([...imports, ...[...wat.matchAll(/\$(proxy_\w+)/g)].map(([, name]) => name as string)])];
  const imported = wanted.filter((name) => name in IMPORTS).map((name) => importOf(name, IMPORTS[name] as string));
  const segments = Object.entries(data).map(([at, text]) => `(data (i32.const ${at}) "${text}")`);
  return coreModule(`${imported.join("\n")} ${others}
    (memory (export "memory") 1)
    ${segments.join("\n")}
    (func (export "proxy_abi_version_${abi}"))
    ${bare || /\(export "(malloc|proxy_on_memory_allocate)"/.test(wat) ? "" : MALLOC}
    ${wat}`);
}

function importOf(name: string, params: string): string {
  const types = [...params].map((letter) => (letter === "l" ? "i64" : "i32")).join(" ");
  return `(import "env" "${name}" (func $${name} ${types === "" ? "" : `(param ${types})`} (result i32)))`;
}

export interface Filter {
  readonly generation: Generation;
  readonly services: TestServices;
}

/** Compiles and starts a filter with everything granted. */
export async function startFilter(
  filter: FilterText | Uint8Array,
  options: Partial<Omit<GenerationOptions, "services">> & { readonly services?: Partial<HostServices> } = {},
): Promise<Filter> {
  const bytes = filter instanceof Uint8Array ? filter : filterModule(filter);
  const plugin = await compilePlugin(bytes);
  const services = testServices(options.services);
  const { capabilities: grants } = plugin;
  const generation = await createGeneration({
    ...{ plugin, name: "acme/filter", version: "1.0.0", config: "{}", grants },
    // Of the fastest machine: what is measured while others compute may be too little for two streams of 4 MiB.
    fuelPerMilli: 5_000_000,
    ...options,
    services,
  });
  return { generation, services };
}
