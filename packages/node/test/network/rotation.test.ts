import { afterEach, expect, test } from "vitest";
import type { NetworkMember } from "../../src/network/network.ts";
import { createTestNode, identity, member, type TestNode, until } from "./testnet.ts";

const running: TestNode[] = [];

afterEach(async () => {
  await Promise.all(running.splice(0).map(({ network }) => network.stop()));
});

async function start(number: number, listen: string = "/ip4/127.0.0.1/tcp/0"): Promise<TestNode> {
  const one = createTestNode(number, { listen: [listen] });
  running.push(one);
  await one.network.start();
  return one;
}

const { memberId: rotating, networkKey: oldKey } = identity(2);
const { networkKey: newKey } = identity(12);

/** The second member, whose key was replaced by that of the test member 12. */
function rotated(addresses: readonly string[], isOldServing: boolean): NetworkMember {
  const formerKeys = isOldServing ? [oldKey] : [];
  return { memberId: rotating, networkKey: newKey, formerKeys, addresses };
}

const isConnected = ({ network }: TestNode): boolean => network.connected().includes(rotating);

test("a member is connected with its former key while that serves, and then with the new one alone", async () => {
  const observer = await start(1);
  const old = await start(2);
  const [address = ""] = old.network.addresses();
  observer.network.setMembers([rotated([address], true)]);
  old.network.setMembers([member(1, [])]);
  await until(() => isConnected(observer), "it is connected with its former key");
  expect(observer.network.peers()).toHaveLength(1);
  expect(observer.network.send(rotating, 11, new Uint8Array([1]))).toBe(true);
  await until(() => old.received.length === 1, "a frame arrives");

  // Its node starts anew with the new key, at the same address.
  await old.network.stop();
  const renewed = await start(12, address);
  renewed.network.setMembers([member(1, [])]);
  await until(() => isConnected(observer), "it is connected with the new key");
  expect(observer.network.send(rotating, 11, new Uint8Array([2]))).toBe(true);
  await until(() => renewed.received.length === 1, "a frame arrives");
  observer.network.setMembers([rotated([address], false)]);
  expect(isConnected(observer)).toBe(true);
  expect(observer.faults).toEqual([]);
});

test("of two processes of a member, one with each key, only the later is connected", async () => {
  const observer = await start(1);
  const [old, renewed] = [await start(2), await start(12)];
  observer.network.setMembers([rotated([], true)]);
  const address = observer.network.addresses();
  old.network.setMembers([member(1, address)]);
  await until(() => isConnected(observer), "the old one is connected");
  renewed.network.setMembers([member(1, address)]);
  await until(() => renewed.network.connected().length === 1, "the new one is connected");
  await until(() => observer.events.length >= 3, "the old one was given up for it");
  expect(observer.events.slice(0, 3)).toEqual([
    ...["connected 02 at 2", "disconnected 02", "connected 02 at 12"],
  ]);
  await old.network.stop();
  observer.network.setMembers([rotated([], false)]);
  await until(() => isConnected(observer), "the new one is connected");
  expect(observer.network.connected()).toEqual([rotating]);
});

test("a key that has ended is a stranger's", async () => {
  const observer = await start(1);
  const old = await start(2);
  const [address = ""] = old.network.addresses();
  observer.network.setMembers([rotated([address], true)]);
  old.network.setMembers([member(1, observer.network.addresses())]);
  await until(() => isConnected(observer), "it is connected");
  observer.network.setMembers([rotated([address], false)]);
  expect(isConnected(observer)).toBe(false);
  await until(() => observer.network.stats().rejectedStrangers > 0, "it is refused");
  await until(
    () => observer.network.peers()[0]?.dialFailure?.reason === "wrong-key",
    "and named as one with another key",
  );
});
