import { createHash } from "node:crypto";
import {
  type BlockId,
  createSigner,
  type MemberId,
  type NetworkId,
  toHex,
} from "@tegata/ledger/primitives";
import { type NetworkLimits, networkLimits } from "../../src/network/limits.ts";
import { createNetwork } from "../../src/network/mesh.ts";
import type {
  Network,
  NetworkHandlers,
  NetworkMember,
  RequestRefusal,
} from "../../src/network/network.ts";
import type { HttpProxy } from "../../src/network/proxy.ts";

export const networkId = "11".repeat(32) as NetworkId;
export const otherNetworkId = "22".repeat(32) as NetworkId;
export const blockId = "33".repeat(32) as BlockId;

/** Seed, member id and key of the test member with this number; the same in every process. */
export function identity(number: number): {
  readonly seed: Uint8Array;
  readonly memberId: MemberId;
  readonly networkKey: NetworkMember["networkKey"];
} {
  const seed = Uint8Array.from(createHash("sha256").update(`member ${number}`).digest());
  const memberId = toHex(Uint8Array.from({ length: 32 }, () => number)) as MemberId;
  return { seed, memberId, networkKey: createSigner(seed).publicKey };
}

/** A member as the ledger would list it. */
export function member(number: number, addresses: readonly string[]): NetworkMember {
  const { memberId, networkKey } = identity(number);
  return { memberId, networkKey, addresses };
}

/** Waits for a condition; the test's own time limit ends a wait that never comes true. */
export async function until(
  condition: () => boolean,
  what: string,
  patienceMs = 20_000,
): Promise<void> {
  const endMs = performance.now() + patienceMs;
  while (!condition()) {
    if (performance.now() > endMs) throw new Error(`did not happen: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

export interface Received {
  readonly from: MemberId;
  readonly type: number;
  readonly body: Uint8Array;
}

/** A node of a test and everything its network told it. */
export interface TestNode {
  readonly number: number;
  readonly network: Network;
  readonly received: Received[];
  readonly faults: unknown[];
  readonly events: string[];
  readonly logs: { readonly level: string; readonly fields: object; readonly message: string }[];
}

export interface TestNodeOptions {
  readonly networkId?: NetworkId;
  readonly era?: number;
  readonly versionInForce?: number;
  readonly limits?: Partial<NetworkLimits>;
  readonly listen?: readonly string[];
  readonly proxy?: HttpProxy;
  readonly onFrame?: NetworkHandlers["onFrame"];
  readonly onRequest?: NetworkHandlers["onRequest"];
  readonly onConnected?: NetworkHandlers["onConnected"];
}

const loopback = ["/ip4/127.0.0.1/tcp/0"];

export function createTestNode(number: number, options: TestNodeOptions = {}): TestNode {
  const received: Received[] = [];
  const faults: unknown[] = [];
  const events: string[] = [];
  const logs: TestNode["logs"] = [];
  const log = (level: string) => (fields: object, message: string) => {
    logs.push({ level, fields, message });
  };
  const refuse = async (): Promise<RequestRefusal> => ({ refuse: "nothing here" });
  const network = createNetwork(
    {
      networkSeed: identity(number).seed,
      listen: options.listen ?? loopback,
      proxy: options.proxy ?? null,
      networkId: options.networkId ?? networkId,
      era: options.era ?? 0,
      limits: { ...networkLimits, ...options.limits },
      log: { debug: log("debug"), info: log("info"), warn: log("warn") },
      head: () => ({ height: number, blockId }),
      versionInForce: () => options.versionInForce ?? 1,
    },
    {
      onFrame(from, type, body) {
        if (options.onFrame !== undefined) return options.onFrame(from, type, body);
        received.push({ from, type, body });
      },
      onRequest: options.onRequest ?? refuse,
      onConnected(from, head) {
        events.push(`connected ${from.slice(0, 2)} at ${head.height}`);
        options.onConnected?.(from, head);
      },
      onDisconnected: (from) => void events.push(`disconnected ${from.slice(0, 2)}`),
      onFault: (error) => void faults.push(error),
    },
  );
  return { number, network, received, faults, events, logs };
}

/** The member entries of nodes that listen. */
export function membersOf(...nodes: readonly TestNode[]): NetworkMember[] {
  return nodes.map((node) => member(node.number, node.network.addresses()));
}

/** Starts nodes that know each other. */
export async function startMesh(...nodes: readonly TestNode[]): Promise<void> {
  await Promise.all(nodes.map((node) => node.network.start()));
  const members = membersOf(...nodes);
  for (const node of nodes) node.network.setMembers(members);
}

/** Whether every node is connected to all the others. */
export function isMesh(...nodes: readonly TestNode[]): boolean {
  return nodes.every((node) => node.network.connected().length === nodes.length - 1);
}
