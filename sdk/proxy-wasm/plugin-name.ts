/** Set once, by the entry, before anything else happens. */
let name = "";

/** The plugin's name in `plugin.json`: it keeps what plugins share with the host apart from what others do. */
export function pluginName(): string {
  return name;
}

export function callPlugin(given: string): void {
  name = given;
}
