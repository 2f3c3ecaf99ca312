import { sha256 } from "../artifact/digest.ts";
import { type CompiledPlugin, type CompileOptions, compilePlugin } from "../wasm/plugin.ts";

const compiling = new Map<string, Promise<CompiledPlugin>>();
const compiled = new Map<string, WeakRef<CompiledPlugin>>();
const forgotten = new FinalizationRegistry((key: string) => {
  if (compiled.get(key)?.deref() === undefined) compiled.delete(key);
});

/** As `compilePlugin`, once for the same bytes and options as long as anybody has what came of it. */
export async function compileOnce(bytes: Uint8Array, options: CompileOptions = {}): Promise<CompiledPlugin> {
  const key = `${sha256(bytes)} ${sha256(JSON.stringify(options))}`;
  const known = compiled.get(key)?.deref() ?? compiling.get(key);
  if (known !== undefined) return known;
  const promise = compilePlugin(bytes, options);
  compiling.set(key, promise);
  try {
    const plugin = await promise;
    compiled.set(key, new WeakRef(plugin));
    forgotten.register(plugin, key);
    return plugin;
  } finally {
    compiling.delete(key);
  }
}
