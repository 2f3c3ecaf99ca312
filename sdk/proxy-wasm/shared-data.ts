import { proxy_get_shared_data, proxy_set_shared_data } from "./hostcalls";
import { pluginName } from "./plugin-name";
import { outAddress, outNumber, outSize } from "./received";
import { Status } from "./wire";

/**
 * A version that no entry has. Hosts write an entry that is compared with one and does not exist, so that of several threads that
 * make it at once one succeeds; 0 would write whatever is there.
 */
const ABSENT: u32 = u32.MAX_VALUE;

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

  /** Writes unless somebody else has written since this was read; false then. What was read is still in its place. */
  write(value: ArrayBuffer): bool {
    if (this.version !== 0) return this.put(value, this.version);
    // Other hosts take an entry that is not there for another version, and 0 for the one to compare it with.
    return this.put(value, ABSENT) || (this.isAbsent() && this.put(value, 0));
  }

  private put(value: ArrayBuffer, version: u32): bool {
    const key = this.key;
    const size = value.byteLength;
    const status = proxy_set_shared_data(
      changetype<usize>(key),
      key.byteLength,
      changetype<usize>(value),
      size,
      version,
    );
    return status === Status.Ok;
  }

  private isAbsent(): bool {
    const key = this.key;
    const status = proxy_get_shared_data(changetype<usize>(key), key.byteLength, outAddress, outSize, outNumber);
    return status === Status.NotFound;
  }
}
