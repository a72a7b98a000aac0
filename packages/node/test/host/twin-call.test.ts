import {
  createSigner,
  type MemberId,
  type NetworkId,
  type Signer,
  taggedHash,
  toHex,
} from "@tegata/ledger/primitives";
import pino from "pino";
import { afterEach, expect, test } from "vitest";
import { encodePresence, signPresence } from "../../src/host/presence.ts";
import { TwinCall } from "../../src/host/twin-call.ts";
import { Timers } from "../../src/timers.ts";

const bytesOf = (word: string): Uint8Array => taggedHash("test", new TextEncoder().encode(word));
const scope = { network: toHex(bytesOf("network")) as NetworkId, era: 0 };

interface Party {
  readonly member: MemberId;
  readonly key: Signer;
}

function partyOf(index: number): Party {
  const member = toHex(bytesOf(`member ${index}`)) as MemberId;
  return { member, key: createSigner(bytesOf(`consensus ${index}`)) };
}

const timers = new Timers();
afterEach(() => timers.stop());

interface Frame {
  readonly from: MemberId;
  readonly to: MemberId;
  readonly body: Uint8Array;
}

/** Nodes that hear each other over links that lag behind one another. */
function wiredUp(parties: readonly Party[]) {
  const frames: Frame[] = [];
  const calls = new Map<MemberId, TwinCall>();
  const validators = parties.map(({ member, key }) => ({
    member,
    key: key.publicKey,
    suspended: false,
  }));
  for (const { member, key } of parties.slice(1)) {
    const others = parties.filter((one) => one.member !== member).map((one) => one.member);
    const send = (to: MemberId, _type: number, body: Uint8Array): boolean => {
      frames.push({ from: member, to, body });
      return true;
    };
    const network = {
      send,
      broadcast: (type: number, body: Uint8Array) => {
        for (const to of others) send(to, type, body);
      },
      connected: () => others,
    };
    const call = new TwinCall({
      identity: { key, ...scope },
      validators: () => validators,
      network: network as never,
      timers,
      log: pino({ level: "silent" }) as never,
      onAlone: () => undefined,
      onTwin: () => undefined,
    });
    calls.set(member, call);
  }
  return { frames, calls };
}

test("what a member says of ever new runs of its key goes round once, not for ever", () => {
  const parties = [0, 1, 2, 3].map(partyOf);
  const [liar, first] = parties as [Party, Party];
  const { frames, calls } = wiredUp(parties);
  const runCount = 40;
  for (let run = 0; run < runCount; run += 1) {
    const said = {
      type: "call",
      key: liar.key.publicKey,
      run: bytesOf(`run ${run}`).slice(0, 16),
      count: 0,
    } as const;
    const body = encodePresence(signPresence(said, liar.key, scope));
    calls.get(first.member)?.onFrame(liar.member, body);
  }
  let heard = 0;
  for (let frame = frames.shift(); frame !== undefined && heard < 2_000; frame = frames.shift()) {
    heard += 1;
    calls.get(frame.to)?.onFrame(frame.from, frame.body);
  }
  // Each of three tells each run to everybody it did not hear it from.
  expect(heard).toBeLessThanOrEqual(3 * 3 * runCount);
});
