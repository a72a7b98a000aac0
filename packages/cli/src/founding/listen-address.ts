/** A node behind an address listens at its port on all interfaces; loopback stays loopback. */
export function listenAddress(address: string): string {
  if (/^\/ip4\/127\.|^\/ip6\/::1\//.test(address)) return address;
  const port = address.slice(address.lastIndexOf("/") + 1);
  return address.startsWith("/ip6/") ? `/ip6/::/tcp/${port}` : `/ip4/0.0.0.0/tcp/${port}`;
}
