// Preloaded for the tests of plugins: what they mount filters on is the host that HEDDLE_TEST_HOST names.
import { registerHooks } from "node:module";

const host = process.env.HEDDLE_TEST_HOST ?? "";

registerHooks({
  resolve(specifier, context, next) {
    const mounts =
      specifier.endsWith("/workbench/mount-filter.ts") &&
      /\/plugins\/[\w-]+\/[\w-]+\.test\.ts$/.test(context.parentURL ?? "");
    return next(mounts ? new URL(`./${host}.ts`, import.meta.url).href : specifier, context);
  },
});
