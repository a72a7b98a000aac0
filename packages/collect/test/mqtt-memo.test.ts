import { expect, test } from "vitest";
import { collectLimits } from "../src/limits.ts";
import { hasHeard, type MqttMemo, packetsOf, rememberMqtt } from "../src/mqtt-memo.ts";

function heard(id: number, packet = 1) {
  const word = { type: "message", id: `m${id}`, packet, topic: "t", payload: "1" };
  return { heardMs: 1, text: JSON.stringify(word) };
}

function after(count: number, memo: MqttMemo = { recent: {}, nodes: {} }): MqttMemo {
  let known = memo;
  for (let id = 0; id < count; id += 1) known = rememberMqtt(known, heard(id));
  return known;
}

const most = collectLimits.messagesRememberedMax;

test("everything that a broker says again is known, the oldest too, when it says as much as is remembered", () => {
  let memo = after(3 * most);
  const again = Array.from({ length: most }, (_, index) => 2 * most + index);
  for (const id of again) {
    expect(packetsOf(memo, `m${id}`)).not.toEqual([]);
    // One that is new in between takes none of them away.
    if (id % 3 === 0) memo = rememberMqtt(memo, heard(-id));
  }
  expect(packetsOf(memo, "m0")).toEqual([]);
});

test("what is remembered is bounded, also of one message that comes without end", () => {
  const { recent, older = {} } = after(5 * most + 7);
  expect(Object.keys(recent).length + Object.keys(older).length).toBeLessThanOrEqual(2 * most);
  let memo = after(1);
  for (let packet = 0; packet < 100; packet += 1) memo = rememberMqtt(memo, heard(0, packet));
  expect(packetsOf(memo, "m0")).toHaveLength(32);
  expect(hasHeard(memo)).toBe(true);
});

test("what an earlier version kept is known", () => {
  const memo = after(3, { recent: { old: [7] }, nodes: {} });
  expect([packetsOf(memo, "old"), memo.count]).toEqual([[7], 4]);
});
