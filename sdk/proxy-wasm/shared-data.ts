import { proxy_get_shared_data, proxy_set_shared_data } from "./hostcalls";
import { pluginName } from "./plugin-name";
import { outAddress, outNumber, outSize } from "./received";
import { Status } from "./wire";

/** What the plugin shares with its instances in other threads. Keys are UTF-8. */
export class SharedData {
  /** Where what was last read lies, and how many bytes it has; 0 bytes where there was no entry. */
  address: usize = 0;
  size: usize = 0;
  /** Of what was last read; 0 for none. */
  version: u32 = 0;
  private readonly key: ArrayBuffer;

  constructor(area: string, key: string) {
    this.key = String.UTF8.encode("heddle." + area + "." + pluginName() + "." + key);
  }

  read(): void {
    const key = this.key;
    const status = proxy_get_shared_data(changetype<usize>(key), key.byteLength, outAddress, outSize, outNumber);
    const exists = status === Status.Ok;
    this.address = load<usize>(outAddress);
    this.size = exists ? load<usize>(outSize) : 0;
    this.version = exists ? load<u32>(outNumber) : 0;
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
