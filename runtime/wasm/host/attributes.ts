import type { AttributesCapability, AttributesStored } from "../abi/capabilities.ts";
import type { Attribute } from "../exchange.ts";
import type { HookContext } from "./context.ts";
import { remembered } from "./remembered.ts";

const NAME = /^[A-Za-z][A-Za-z0-9_-]*(?:\.[A-Za-z0-9_-]+)*$/;
const MAX_NAME = 128;
/** Characters of a value. */
export const MAX_ATTRIBUTE_TEXT = 4096;
/** Of all filters of an exchange together. */
export const MAX_ATTRIBUTES = 64;

export const isAttributeName: (name: string) => boolean = remembered(
  (name) => name.length <= MAX_NAME && NAME.test(name),
);

export function attributesCapability(context: HookContext): AttributesCapability {
  const all = () => context.exchange.attributes;
  const store = (name: string, value: Attribute): AttributesStored => {
    if (!isAttributeName(name)) return "bad-name";
    if (typeof value === "string" && value.length > MAX_ATTRIBUTE_TEXT) return "too-large";
    const attributes = all();
    if (attributes.size >= MAX_ATTRIBUTES && !attributes.has(name)) return "too-many";
    attributes.set(name, value);
    return "done";
  };
  return {
    text(name) {
      const value = all().get(name);
      return typeof value === "string" ? value : undefined;
    },
    number(name) {
      const value = all().get(name);
      return typeof value === "number" ? value : undefined;
    },
    flag(name) {
      const value = all().get(name);
      return typeof value === "boolean" ? value : undefined;
    },
    setText: store,
    setNumber: store,
    setFlag: store,
    remove(name) {
      all().delete(name);
    },
  };
}
