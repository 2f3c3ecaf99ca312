import type { AttributesCapability, AttributesStored } from "../abi/capabilities.ts";
import type { Attribute } from "../exchange.ts";
import type { HookContext } from "./context.ts";

const NAME = /^[A-Za-z][A-Za-z0-9_-]*(?:\.[A-Za-z0-9_-]+)*$/;
const MAX_NAME = 128;
const MAX_TEXT = 4096;
/** Of all filters of an exchange together. */
const MAX_ATTRIBUTES = 64;

export function attributesCapability(context: HookContext): AttributesCapability {
  const all = () => context.exchange.attributes;
  const store = (name: string, value: Attribute): AttributesStored => {
    if (name.length > MAX_NAME || !NAME.test(name)) return "bad-name";
    if (typeof value === "string" && value.length > MAX_TEXT) return "too-large";
    if (all().size >= MAX_ATTRIBUTES && !all().has(name)) return "too-many";
    all().set(name, value);
    return "done";
  };
  return {
    text: (name) => ofType(all().get(name), "string"),
    number: (name) => ofType(all().get(name), "number"),
    flag: (name) => ofType(all().get(name), "boolean"),
    setText: store,
    setNumber: store,
    setFlag: store,
    remove(name) {
      all().delete(name);
    },
  };
}

interface AttributeTypes {
  string: string;
  number: number;
  boolean: boolean;
}

function ofType<Type extends keyof AttributeTypes>(
  value: Attribute | undefined,
  type: Type,
): AttributeTypes[Type] | undefined {
  return typeof value === type ? (value as AttributeTypes[Type]) : undefined;
}
