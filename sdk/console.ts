import * as host from "./host";

export namespace console {
  export function log(message: string = ""): void {
    host.logWrite(2, message);
  }
}
