import { multiaddrConnectionPair } from "@libp2p/utils";
import { multiaddr } from "@multiformats/multiaddr";

const usualAddress = "/ip4/10.0.0.1/tcp/40000";

/**
 * Both ends of a connection in memory, theirs first. Each has its address from here: the library counts ports up with
 * every connection, and a campaign makes more of them than there are ports.
 */
export function connectionFrom(
  address: string = usualAddress,
): ReturnType<typeof multiaddrConnectionPair> {
  const end = { remoteAddr: multiaddr(address) };
  return multiaddrConnectionPair({ outbound: end, inbound: end });
}
