import { connect } from "node:net";
import type { NodeStatus } from "@tegata/node/client";
import type { Facts } from "./facts.ts";
import { type Finding, findingsOf } from "./finding.ts";

type Member = NodeStatus["members"][number];

/** Whether the company belongs to a network, and what it may do there. */
export function checkMembership({ card, genesis, node, settings }: Facts): Finding {
  const found = findingsOf("membership");
  if (card === null) return found.skip("no-company");
  if (genesis === null) return found.fail("no-network");
  const detail = { network: genesis.networkName };
  if (node === null) {
    const isFounder = genesis.cards.some(({ memberId }) => memberId === card.memberId);
    return found.skip(isFounder ? "founder-stopped" : "member-stopped", detail);
  }
  const own = node.members.find(({ self }) => self);
  if (own === undefined) return found.fail("not-admitted", detail);
  if (own.leftHeight !== null) return found.fail("left", { ...detail, height: own.leftHeight });
  switch (own.standing) {
    case "voting":
      return found.pass("voting", detail);
    case "sidelined":
      return found.warn("sidelined", { since: own.sinceHeight });
    case "suspended":
      return found.fail("suspended", { since: own.sinceHeight });
    case "following":
      return settings?.["node.validator"] === false
        ? found.pass("observer", detail)
        : found.warn("not-ready", detail);
  }
}

const othersOf = (node: NodeStatus): readonly Member[] => node.members.filter(({ self }) => !self);

/** Whether each of the others is reached; nobody at all has another cause than one who is away. */
export function checkReach({ node }: Facts): readonly Finding[] {
  const found = findingsOf("reach");
  if (node === null) return [found.skip("reach-unknown")];
  const others = othersOf(node);
  if (others.length === 0) return [found.skip("reach-alone")];
  const away = others.filter(({ reach }) => reach === "away");
  const [first] = away;
  const failures = away.flatMap(({ dialFailure }) => (dialFailure === null ? [] : [dialFailure]));
  if (first !== undefined && away.length === others.length) {
    const [failure] = failures;
    if (failure === undefined) return [found.fail("nobody-here", { count: others.length })];
    // Whoever hangs up was reached: the way is open, and it does not know this node for a member.
    const isKnown = failures.some(({ reason }) => reason !== "turned-away");
    if (!isKnown) return [found.fail("turned-away", { count: others.length })];
    const { reason, address } = failure;
    return [found.fail("cannot-dial", { count: others.length, reason, address })];
  }
  const list = away.map(({ name, dialFailure, lastSeenMs }) =>
    found.warn("member-away", {
      name,
      lastSeenMs,
      reason: dialFailure?.reason ?? null,
      address: dialFailure?.address ?? null,
    }),
  );
  const through = others.filter(({ reach }) => reach === "through-others").length;
  const reached = found.pass("reach", { count: others.length - away.length, through });
  return [reached, ...list];
}

/** A start takes this long until others have dialed. */
const settledMs = 120_000;
const connectMs = 2_000;

/** Whether the own port is open: that it listens is seen from here, that it is reached only by others. */
export async function checkInbound({ node, settings, nowMs }: Facts): Promise<Finding> {
  const found = findingsOf("inbound");
  const listen = settings?.["network.listen"] ?? [];
  if (node === null || settings === null) return found.skip("inbound-unknown");
  if (listen.length === 0) return found.skip("dials-only");
  for (const address of listen) {
    if (!(await listensAt(address))) return found.fail("not-listening", { address });
  }
  const others = othersOf(node);
  const lastMs = Math.max(0, ...others.map(({ dialedUsAtMs }) => dialedUsAtMs ?? 0));
  if (lastMs > 0) return found.pass("inbound", { lastMs });
  if (others.length === 0) return found.skip("inbound-alone");
  if (nowMs - node.startedAtMs < settledMs) return found.skip("inbound-early");
  return found.warn("never-dialed", { address: listen[0] ?? "", sinceMs: node.startedAtMs });
}

const anyHost: ReadonlySet<string> = new Set(["0.0.0.0", "::"]);

/** Whether something takes connections at an address of this machine; port 0 is never asked. */
function listensAt(multiaddr: string): Promise<boolean> {
  const [, family = "", host = "", , port = "0"] = multiaddr.split("/");
  if (port === "0" || family.startsWith("dns")) return Promise.resolve(true);
  const target = anyHost.has(host) ? (family === "ip6" ? "::1" : "127.0.0.1") : host;
  return new Promise((resolve) => {
    const socket = connect({ host: target, port: Number(port), timeout: connectMs });
    const end = (isOpen: boolean): void => {
      socket.destroy();
      resolve(isOpen);
    };
    socket.once("connect", () => end(true));
    socket.once("timeout", () => end(false));
    socket.once("error", () => end(false));
  });
}

/** Whether enough companies are here to decide anything. */
export function checkQuorum({ node }: Facts): Finding {
  const found = findingsOf("quorum");
  if (node === null) return found.skip("quorum-unknown");
  const voters = node.members.filter(
    ({ standing }) => standing === "voting" || standing === "sidelined",
  );
  const isHere = ({ self, reach }: Member): boolean => self || reach !== "away";
  const missing = voters.filter((member) => !isHere(member)).map(({ name }) => name);
  const detail = { online: voters.length - missing.length, needed: node.quorum };
  if (detail.online >= node.quorum) return found.pass("quorum", detail);
  return found.fail("no-quorum", { ...detail, missing: missing.slice(0, 8).join(", ") });
}

/** Heartbeats that may pass without a block. */
const heartbeatsMissedMax = 3;

/** Whether the chain moves and this node has all of it. */
export function checkSync({ node, genesis, nowMs }: Facts): readonly Finding[] {
  const found = findingsOf("sync");
  if (node === null) return [found.skip("sync-unknown")];
  const { height, state, payloadsMissing, headTimeMs, sync } = node;
  const list: Finding[] = [];
  if (sync.kind !== "none" || state === "catching-up") {
    const { kind, done, of } = sync;
    list.push(found.warn("catching-up", { height, kind, done, of }));
  }
  if (payloadsMissing > 0) list.push(found.warn("payloads-missing", { count: payloadsMissing }));
  const patienceMs = (genesis?.parameters.heartbeatMs ?? 60_000) * heartbeatsMissedMax;
  const isQuiet = node.clockAheadMs === null && height > 0 && nowMs - headTimeMs > patienceMs;
  if (state === "ready" && isQuiet) list.push(found.warn("stalled", { height, headTimeMs }));
  return list.length > 0 ? list : [found.pass("sync", { height })];
}

/** Whether the companies run the same version. */
export function checkVersions({ node }: Facts): Finding {
  const found = findingsOf("versions");
  if (node === null) return found.skip("versions-unknown");
  const different = othersOf(node).filter(
    ({ version }) => version !== null && version !== node.version,
  );
  if (different.length === 0) return found.pass("versions", { version: node.version });
  const names = different.map(({ name, version }) => `${name} ${version}`).slice(0, 8);
  return found.warn("versions-differ", { version: node.version, names: names.join(", ") });
}
