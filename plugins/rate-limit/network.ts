/**
 * Who counts as one client: an IPv4 address, or the first 64 bits of an IPv6 address, since one subscriber has all the
 * addresses behind them. An IPv4-mapped address (`::ffff:192.0.2.1`) is the IPv4 address.
 */
export function network(address: string): string {
  if (!address.includes(":")) return address;
  if (address.includes(".")) return address.substring(address.lastIndexOf(":") + 1);
  const zone = address.indexOf("%");
  const bare = zone < 0 ? address : address.substring(0, zone);
  const gap = bare.indexOf("::");
  const groups = gap < 0 ? bare.split(":") : expand(bare.substring(0, gap), bare.substring(gap + 2));
  for (let i = 0; i < groups.length; i++) groups[i] = withoutZeros(groups[i]);
  return groups.slice(0, 4).join(":") + "::/64";
}

/** All eight groups of an address from what stands before and after its `::`. */
function expand(before: string, after: string): string[] {
  const groups: string[] = before.length === 0 ? [] : before.split(":");
  const last: string[] = after.length === 0 ? [] : after.split(":");
  while (groups.length + last.length < 8) groups.push("0");
  return groups.concat(last);
}

function withoutZeros(group: string): string {
  let at = 0;
  while (at < group.length - 1 && group.charCodeAt(at) === 0x30) at++;
  return group.substring(at).toLowerCase();
}
