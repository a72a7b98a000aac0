import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { frameTypes } from "../../src/network/limits.ts";
import {
  createTestNode,
  identity,
  isMesh,
  member,
  membersOf,
  startMesh,
  type TestNode,
  until,
} from "./testnet.ts";

let nodes: TestNode[] = [];
const node = (...args: Parameters<typeof createTestNode>): TestNode => {
  const created = createTestNode(...args);
  nodes.push(created);
  return created;
};

beforeEach(() => {
  nodes = [];
});

afterEach(async () => {
  await Promise.all(nodes.map(({ network }) => network.stop()));
  expect(nodes.flatMap(({ faults }) => faults)).toEqual([]);
});

describe("a mesh", () => {
  test("of four forms, and everybody hears everybody once", async () => {
    const four = [node(1), node(2), node(3), node(4)];
    await startMesh(...four);
    await until(() => isMesh(...four), "four are connected");
    for (const { network, number } of four) {
      expect(network.broadcast(frameTypes.vote, Uint8Array.of(number))).toBe(3);
    }
    await until(() => four.every(({ received }) => received.length >= 3), "votes arrive");
    for (const { number, received } of four) {
      const others = [1, 2, 3, 4].filter((other) => other !== number);
      expect(received.map(({ body }) => body[0]).sort()).toEqual(others);
      for (const { from, body } of received) expect(from).toBe(identity(body[0] ?? 0).memberId);
    }
  });
});
