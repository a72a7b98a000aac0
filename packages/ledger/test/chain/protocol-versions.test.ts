import { afterEach, expect, test, vi } from "vitest";
import {
  buildGenesis,
  defaultParameters,
  genesisToText,
  initialState,
} from "../../src/chain/index.ts";
import { founderOf, genesisTimeMs } from "./fixtures.ts";

const versions = "../../src/chain/protocol-versions.ts";

afterEach(() => {
  vi.doUnmock(versions);
  vi.resetModules();
});

test("a program that follows later versions comes to the same state of height 0 for a network that is there", async () => {
  const cards = [0, 1, 2].map((index) => founderOf(index).card);
  const genesis = buildGenesis(cards, defaultParameters, genesisTimeMs);
  vi.resetModules();
  vi.doMock(versions, async (importOriginal) => ({
    ...(await importOriginal<object>()),
    protocolVersionMax: 3,
  }));
  const later = await import("../../src/chain/index.ts");
  expect(later.protocolVersionMax).toBe(3);
  const there = later.genesisFromText(genesisToText(genesis));
  expect(later.initialState(there)).toEqual(initialState(genesis));
  const activations = later.readProtocolVersions(later.memoryState(later.initialState(there)));
  expect(later.protocolVersionAt(activations, 1)).toBe(2);
  expect(later.unsupportedFrom(activations)).toBeNull();
});
