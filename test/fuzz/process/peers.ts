import { randomBytes } from "node:crypto";
import { noise } from "@chainsafe/libp2p-noise";
import { yamux } from "@chainsafe/libp2p-yamux";
import { tcp } from "@libp2p/tcp";
import { multiaddr } from "@multiformats/multiaddr";
import { createSigner } from "@tegata/ledger/primitives";
import { createLibp2p } from "libp2p";
import { joinProtocol } from "../../../packages/node/src/join/server.ts";
import { encodeHello } from "../../../packages/node/src/network/hello.ts";
import { networkKeyFromSeed, peerIdOfKey } from "../../../packages/node/src/network/identity.ts";
import { frameTypes, type StreamClass } from "../../../packages/node/src/network/limits.ts";
import { frame } from "../../../packages/node/test/network/hostile.ts";
import { until } from "../../helpers/waiting.ts";
import { sampleHello } from "../doors/wire.ts";
import { HostilePeer } from "./hostile-peer.ts";
import type { Thrown } from "./inputs.ts";
import { ManyHosts } from "./throwers.ts";
import type { Town } from "./town.ts";

/** Where the inputs of a door go, in which frame; null: as they are, in place of a whole stream. */
const places: Readonly<Record<string, readonly [stream: StreamClass, type: number | null]>> = {
  "agreement.proposal": ["vote", frameTypes.proposal],
  "agreement.vote": ["vote", frameTypes.vote],
  "agreement.commit": ["vote", frameTypes.commitCertificate],
  "agreement.polka": ["vote", frameTypes.polkaCertificate],
  "agreement.round": ["vote", frameTypes.roundCertificate],
  "agreement.status": ["vote", frameTypes.status],
  "agreement.question": ["vote", frameTypes.question],
  "agreement.answer": ["vote", frameTypes.answer],
  "agreement.evidence": ["vote", frameTypes.evidence],
  "agreement.presence": ["vote", frameTypes.presence],
  "peer.frames-vote": ["vote", null],
  "peer.transactions": ["tx", frameTypes.transactions],
  "peer.ids": ["tx", frameTypes.announce],
  "chain.compact-block": ["tx", frameTypes.compactBlock],
  "peer.frames-tx": ["tx", null],
  "peer.request": ["bulk", frameTypes.request],
  "peer.chunk": ["bulk", frameTypes.chunk],
  "peer.credit": ["bulk", frameTypes.credit],
  "peer.refuse": ["bulk", frameTypes.refuse],
  "peer.frames-bulk": ["bulk", null],
};

/** Names of the doors whose inputs go over one stream. */
export function doorsOnStream(streamClass: StreamClass): readonly string[] {
  return Object.entries(places).flatMap(([name, [stream]]) =>
    stream === streamClass ? [name] : [],
  );
}

/** Puts the hello of this network where the sample has that of another. */
function withHello(bytes: Uint8Array, hello: Uint8Array): Uint8Array {
  const sample = frame(1, sampleHello);
  const isWhole = Buffer.from(bytes.subarray(0, sample.length)).equals(sample);
  if (!isWhole) return bytes;
  return Uint8Array.from(Buffer.concat([frame(1, hello), bytes.subarray(sample.length)]));
}

/** Throws inputs at the node of Toda with the key of a member; gives how often it was cut off. */
export async function throwAsMember(
  town: Town,
  inputs: readonly Thrown[],
): Promise<Readonly<Record<string, number>>> {
  const { toda, nishi, networkId } = town;
  const victim = peerIdOfKey(createSigner(await town.networkSeed(toda)).publicKey);
  const { height, headBlockId } = await toda.askNode((node) => node.status());
  const hello = encodeHello(networkId, 0, { height, blockId: headBlockId as never });
  const address = `/ip4/127.0.0.1/tcp/${toda.place.ports.p2p}/p2p/${victim}`;
  const peer = await HostilePeer.create(await town.networkSeed(nishi), address, () => hello);
  try {
    for (const { door, bytes } of inputs) {
      const [stream = "vote", type = null] = places[door] ?? [];
      if (door === "peer.muxer") await peer.belowStreams(bytes);
      else if (door === "peer.hello") {
        await peer.asFirstWords(frame(1, bytes), ["vote", "tx", "bulk"]);
      } else if (type === null) await peer.asFirstWords(withHello(bytes, hello), [stream]);
      else await peer.onStream(stream, frame(type, bytes));
    }
    return { "cut off": peer.cutOff, stays: inputs.length - peer.cutOff };
  } finally {
    await peer.stop();
  }
}

function withLength(bytes: Uint8Array): Uint8Array {
  const made = Buffer.alloc(4 + bytes.length);
  made.writeUInt32BE(bytes.length);
  made.set(bytes, 4);
  return Uint8Array.from(made);
}

const conversationMs = 300;

/** Throws inputs at Kato's listener for companies that join, each as another stranger from another host. */
export async function throwAsStranger(
  { kato }: Town,
  inputs: readonly Thrown[],
): Promise<Readonly<Record<string, number>>> {
  const place = await kato.askNode((node) => node.joinPrepare());
  if (place.state !== "open") throw new Error("the listener for companies that join is closed");
  const port = Number(place.addresses[0]?.split("/").at(-1));
  const hosts = await ManyHosts.before(port);
  const victim = peerIdOfKey(place.key as never);
  const seen: Record<string, number> = {};
  for (const { bytes } of inputs) {
    const stranger = await createLibp2p({
      privateKey: networkKeyFromSeed(Uint8Array.from(randomBytes(32))),
      transports: [tcp()],
      connectionEncrypters: [noise()],
      streamMuxers: [yamux({ enableKeepAlive: false })],
      connectionMonitor: { enabled: false },
    });
    const address = multiaddr(`/ip4/127.0.0.1/tcp/${hosts.port}/p2p/${victim}`);
    try {
      // New connections are let in at a steady pace, from wherever they come.
      const dial = () => stranger.dial(address).catch(() => null);
      const connection = await until("the listener takes a stranger", dial, 60_000);
      const stream = await connection.newStream(joinProtocol);
      stream.send(withLength(bytes));
      const endMs = performance.now() + conversationMs;
      while (connection.status === "open" && performance.now() < endMs) {
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
      const outcome = connection.status === "open" ? "stays" : "cut off";
      seen[outcome] = (seen[outcome] ?? 0) + 1;
    } catch (error) {
      const { name } = error as Error;
      seen[name] = (seen[name] ?? 0) + 1;
    } finally {
      await stranger.stop();
    }
  }
  hosts.close();
  return seen;
}
