import { randomBytes } from "node:crypto";
import { decodeMessage, encodeMessage } from "@tegata/consensus";
import type { MemberId, TransactionId } from "@tegata/ledger/primitives";
import { encodeIds, encodeSidecars, idsPerFrameMax } from "../../src/gossip/frames.ts";
import { frameTypes, type MessageType } from "../../src/network/limits.ts";
import { createNetwork } from "../../src/network/mesh.ts";
import type { Network, NetworkHandlers } from "../../src/network/network.ts";
import { encodeRequest } from "../../src/sync/requests.ts";
import { WrappedNetwork } from "./hostile-network.ts";

/**
 * How a member betrays the others while it keeps to the form of the protocol. It `withholds` every transaction
 * and payload and answers nobody; it `favours` one member with them and lets the others wait; it `lies` about
 * its height, in its answers and in the signatures that it hands on; it `repeats` what it heard and said, again
 * and again; it `floods` the others with junk, with names of what nobody has, and with questions.
 */
export type Way = "withholds" | "favours" | "lies" | "repeats" | "floods";

/** A frame that leaves in place of another; null: none leaves. */
type Change = (member: MemberId, type: MessageType, body: Uint8Array) => Uint8Array | null;

const tickMs = 20;
const rememberedMax = 400;
const junkBytes = 600;
const farAway = 1_000_000;

/** The real mesh under a real node, between which somebody sits who is hostile. */
export function misbehavingNetwork(way: Way): typeof createNetwork {
  switch (way) {
    case "withholds":
      return wrapped(withholding, { onRequest: silent });
    case "favours":
      return wrapped(favouring, { onRequest: silent });
    case "lies":
      return wrapped(lying, { alters: true });
    case "repeats":
      return repeating();
    case "floods":
      return flooding();
  }
}

type Answering = NetworkHandlers["onRequest"];

interface Changes {
  readonly onRequest?: Answering;
  /** Whether answers have a byte changed. */
  readonly alters?: boolean;
}

function handlersWith(handlers: NetworkHandlers, onRequest: Answering): NetworkHandlers {
  return {
    onFrame: (member, type, body) => handlers.onFrame(member, type, body),
    onRequest,
    onConnected: (member, head) => handlers.onConnected(member, head),
    onDisconnected: (member) => handlers.onDisconnected(member),
    onFault: (error) => handlers.onFault(error),
  };
}

function wrapped(changeIn: (network: Network) => Change, changes: Changes): typeof createNetwork {
  return (options, handlers) => {
    const onRequest: Answering = async (member, body, signal) => {
      if (changes.onRequest !== undefined) return changes.onRequest(member, body, signal);
      const answer = await handlers.onRequest(member, body, signal);
      return answer instanceof Uint8Array ? flipped(answer) : answer;
    };
    const network = createNetwork(options, handlersWith(handlers, onRequest));
    const change = changeIn(network);
    return new WrappedNetwork(network, (member, type, body) => {
      const other = change(member, type, body);
      return other === null || network.send(member, type, other);
    });
  };
}

/** Answers when the asker has given up. */
const silent: Answering = (_member, _body, signal) =>
  new Promise((resolve) => {
    signal.addEventListener("abort", () => resolve({ refuse: "gone" }));
  });

const withholding = (): Change => (_member, type, body) =>
  type === frameTypes.transactions ? null : body;

const favouring =
  (network: Network): Change =>
  (member, type, body) => {
    const [favourite] = [...network.connected()].sort();
    return type === frameTypes.transactions && member !== favourite ? null : body;
  };

/** One byte changed, in the middle. */
function flipped(bytes: Uint8Array): Uint8Array {
  const at = bytes.length >> 1;
  return bytes.with(at, (bytes[at] ?? 0) ^ 1);
}

const lying = (): Change => {
  let sent = 0;
  return (_member, type, body) => {
    sent += 1;
    if (type === frameTypes.status) return boasting(body);
    // Most words stay true, so that it is listened to.
    const isSigned = type === frameTypes.vote || type === frameTypes.commitCertificate;
    const isCarried = type === frameTypes.compactBlock || type === frameTypes.transactions;
    return (isSigned || isCarried) && sent % 8 === 0 ? flipped(body) : body;
  };
};

function boasting(body: Uint8Array): Uint8Array {
  const message = decodeMessage("status", body);
  if (message.kind !== "status") return body;
  const { status } = message;
  return encodeMessage({ ...message, status: { ...status, height: status.height + farAway } });
}

/** Sends what the node sends, and does something of its own in every tick. */
function beside(
  network: Network,
  send: Network["send"],
  tick: (members: readonly MemberId[]) => void,
): Network {
  const timer = setInterval(() => tick(network.connected()), tickMs);
  timer.unref();
  return new WrappedNetwork(network, send);
}

function repeating(): typeof createNetwork {
  return (options, handlers) => {
    const heard: (readonly [type: MessageType, body: Uint8Array])[] = [];
    const remember = (type: MessageType, body: Uint8Array): void => {
      heard.push([type, body]);
      if (heard.length > rememberedMax) heard.splice(Math.floor(Math.random() * heard.length), 1);
    };
    const listening = handlersWith(handlers, (...asked) => handlers.onRequest(...asked));
    const network = createNetwork(options, {
      ...listening,
      onFrame: (member, type, body) => {
        remember(type, body);
        return handlers.onFrame(member, type, body);
      },
    });
    const send: Network["send"] = (member, type, body) => {
      remember(type, body);
      return network.send(member, type, body);
    };
    return beside(network, send, (members) => {
      const again = heard.filter(() => Math.random() < 0.1);
      for (const member of members) {
        for (const [type, body] of again) network.send(member, type, body);
      }
    });
  };
}

function flooding(): typeof createNetwork {
  return (options, handlers) => {
    const network = createNetwork(options, handlers);
    const send: Network["send"] = (member, type, body) => network.send(member, type, body);
    const unknown = (count: number): TransactionId[] =>
      Array.from({ length: count }, () => randomBytes(32).toString("hex") as TransactionId);
    return beside(network, send, (members) => {
      const junk = Array.from({ length: 20 }, () => ({
        transaction: Uint8Array.from(randomBytes(junkBytes)),
        payloads: [Uint8Array.from(randomBytes(junkBytes))],
      }));
      const names = encodeIds(unknown(idsPerFrameMax));
      const parts = unknown(500).map((id) => [id, 0] as const);
      const question = encodeRequest({ kind: "payloads", parts });
      for (const member of members) {
        network.send(member, frameTypes.transactions, encodeSidecars(junk));
        network.send(member, frameTypes.announce, names);
        network.send(member, frameTypes.want, names);
        const bounds = { timeoutMs: 2_000, bytesMax: 1_048_576, signal: null };
        network.request(member, question, bounds).catch(() => undefined);
      }
    });
  };
}
