import { expect, test } from "vitest";
import {
  buildGenesis,
  defaultParameters,
  initialState,
  memoryState,
  protocolVersionAt,
  readProtocolVersions,
  unsupportedFrom,
} from "../../src/chain/index.ts";
import { founderOf, genesisTimeMs } from "./fixtures.ts";

test("the state of height 0 names version 2, and stays readable by whoever follows later versions", () => {
  const cards = [0, 1, 2].map((index) => founderOf(index).card);
  const genesis = buildGenesis(cards, defaultParameters, genesisTimeMs);
  const activations = readProtocolVersions(memoryState(initialState(genesis)));
  // Written out, and not named after what the program follows: networks that are there began with it.
  expect(activations).toEqual([{ version: 2, height: 0 }]);
  expect(protocolVersionAt(activations, 1)).toBe(2);
  expect(unsupportedFrom(activations)).toBeNull();
});
