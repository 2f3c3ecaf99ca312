// Loaded before a filter's tests: makes `heddle/test` mean this very package, whether or not the filter's folder has it
// installed, so that a new filter can be tested at once.
import { registerHooks } from "node:module";

const door = import.meta.url.replace(/self-resolution(\.\w+)$/, "index$1");

registerHooks({
  resolve(specifier, context, nextResolve) {
    return nextResolve(specifier === "heddle/test" ? door : specifier, context);
  },
});
