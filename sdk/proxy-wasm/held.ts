import { pluginName } from "./plugin-name";
import { getProperty, setProperty } from "./property";
import { FieldMap } from "./wire";

// That a head is held is left with the stream: streams are many, and an instance knows none of them.

export function holdHead(map: FieldMap): void {
  setProperty(pathOf(map), String.UTF8.encode("1"));
}

export function isHeadHeld(map: FieldMap): bool {
  return getProperty(pathOf(map));
}

function pathOf(map: FieldMap): string {
  return "heddle.held." + (map === FieldMap.Request ? "request." : "response.") + pluginName();
}
