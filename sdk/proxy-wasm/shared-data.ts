import { proxy_get_shared_data, proxy_set_shared_data } from "./hostcalls";
import { pluginName } from "./plugin-name";
import { outAddress, outNumber, outSize } from "./received";
import { Status } from "./wire";

/** What the plugin shares with its instances in other threads. Keys are UTF-8. */
export class SharedData {
  /** Whether there was an entry when it was last read; what it held is `received`. */
  exists: bool = false;
  /** Of what was last read; 0 for none. */
  version: u32 = 0;
  private readonly key: ArrayBuffer;

  constructor(area: string, key: string) {
    this.key = String.UTF8.encode("heddle." + area + "." + pluginName() + "." + key);
  }

  read(): void {
    const key = this.key;
    const status = proxy_get_shared_data(changetype<usize>(key), key.byteLength, outAddress, outSize, outNumber);
    this.exists = status === Status.Ok;
    this.version = this.exists ? load<u32>(outNumber) : 0;
  }

  /** Writes unless somebody else has written since this was read; false then. */
  write(value: ArrayBuffer): bool {
    const key = this.key;
    const size = value.byteLength;
    const status = proxy_set_shared_data(
      changetype<usize>(key),
      key.byteLength,
      changetype<usize>(value),
      size,
      this.version,
    );
    return status === Status.Ok;
  }
}
