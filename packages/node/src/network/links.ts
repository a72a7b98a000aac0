import type { PeerIdText } from "./identity.ts";
import type { Link } from "./link.ts";

/** A connection that has stood this long was not made at the same moment as the other one. */
const settledMs = 1_000;

/** Connections of one peer that may be on their way to a hello. */
const linksPerPeerMax = 4;

/**
 * The links to every peer, of which at most one is established. Both sides may dial at the same time,
 * and only one of the two decides which connection stays: the one with the smaller peer id. It lets at
 * most one connection get to a hello; the other side takes whichever brings one. So the two can never
 * close each other's choice, and a peer that connects anew is never held up by a dead connection.
 */
export class Links {
  readonly #ownPeerId: PeerIdText;
  readonly #links: Map<PeerIdText, Link[]> = new Map();
  readonly #established: Map<PeerIdText, Link> = new Map();

  constructor(ownPeerId: PeerIdText) {
    this.#ownPeerId = ownPeerId;
  }

  /** Every established link. */
  get established(): readonly Link[] {
    return [...this.#established.values()];
  }

  /** Every link. */
  get all(): readonly Link[] {
    return [...this.#links.values()].flat();
  }

  /** Whether this side decides which of two connections with the peer stays. */
  decides(peerId: PeerIdText): boolean {
    return this.#ownPeerId < peerId;
  }

  /** The established link to a peer, or null. */
  to(peerId: PeerIdText): Link | null {
    return this.#established.get(peerId) ?? null;
  }

  /** Whether there is no link to the peer at all. */
  misses(peerId: PeerIdText): boolean {
    return !this.#links.has(peerId);
  }

  /** The link of a connection, or null. */
  of(peerId: PeerIdText, connectionId: string): Link | null {
    return this.#links.get(peerId)?.find((link) => link.connection.id === connectionId) ?? null;
  }

  /** Judges a new connection; `replaces` is the link that must go first. */
  admit(
    peerId: PeerIdText,
    inbound: boolean,
    nowMs: number,
  ): { readonly admitted: boolean; readonly replaces: Link | null } {
    const links = this.#links.get(peerId) ?? [];
    if (!this.decides(peerId)) {
      const oldest = links.find((link) => link.establishedAtMs === null) ?? null;
      return { admitted: true, replaces: links.length < linksPerPeerMax ? null : oldest };
    }
    const current = links[0];
    if (current === undefined) return { admitted: true, replaces: null };
    // The peer dials only when it has no connection: it has lost or given up the current one.
    const lost =
      inbound &&
      (current.connection.direction === "inbound" ||
        (current.establishedAtMs !== null && nowMs - current.establishedAtMs >= settledMs));
    return { admitted: lost, replaces: lost ? current : null };
  }

  add(link: Link): void {
    const links = this.#links.get(link.peer.peerId);
    if (links === undefined) this.#links.set(link.peer.peerId, [link]);
    else links.push(link);
  }

  /** Makes a link the one of its peer; the one it was before, or null. */
  establish(link: Link): Link | null {
    const before = this.to(link.peer.peerId);
    this.#established.set(link.peer.peerId, link);
    return before;
  }

  /** Forgets a closed link and says whether it was the one of its peer. */
  remove(link: Link): boolean {
    const { peerId } = link.peer;
    const others = (this.#links.get(peerId) ?? []).filter((other) => other !== link);
    if (others.length === 0) this.#links.delete(peerId);
    else this.#links.set(peerId, others);
    if (this.#established.get(peerId) !== link) return false;
    this.#established.delete(peerId);
    return true;
  }
}
