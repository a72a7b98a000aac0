import { type Change, changesRootOf } from "@tegata/ledger/chain";
import { encode, idBytes, inclusionProof, type TransactionId } from "@tegata/ledger/primitives";
import { describe, expect, test } from "vitest";
import { advance, holdsChange, holdsTransaction } from "../src/index.ts";
import { followedTo, heightAt } from "./helpers/chain.ts";

const made = heightAt(9);
const verdict = advance(followedTo(8), made.step);
if (!verdict.ok) throw new Error(verdict.code);
const { header } = verdict.followed;

const idLeaves = made.transactionIds.map(idBytes);
const changeLeaves = made.changes.map(([key, value]) => encode([key, value]));

function placeOf(leaves: readonly Uint8Array[], index: number) {
  return { index, count: leaves.length, path: inclusionProof(leaves, index) };
}

describe("what a followed block holds", () => {
  test("each of its transactions is proven at its place", () => {
    expect(made.transactionIds).toHaveLength(4);
    for (const [index, id] of made.transactionIds.entries()) {
      expect(holdsTransaction(header, id, placeOf(idLeaves, index))).toBe(true);
    }
  });

  test("each of its writes is proven, deletions too", () => {
    expect(made.changes.some(([, value]) => value === null)).toBe(true);
    for (const [index, change] of made.changes.entries()) {
      expect(holdsChange(header, change, placeOf(changeLeaves, index))).toBe(true);
    }
  });

  test("another place, size, path or leaf proves nothing", () => {
    const id = made.transactionIds[1] as TransactionId;
    const place = placeOf(idLeaves, 1);
    const other = placeOf(idLeaves, 2);
    const wrong = [
      other,
      { ...place, index: 0 },
      { ...place, index: 5 },
      { ...place, index: -1 },
      { ...place, index: 0.5 },
      { ...place, count: 3 },
      { ...place, count: 2 ** 53 },
      { ...place, path: [] },
      { ...place, path: place.path.slice(1) },
      { ...place, path: [...place.path, new Uint8Array(32)] },
      { ...place, path: place.path.map(() => new Uint8Array(31)) },
    ];
    for (const each of wrong) expect(holdsTransaction(header, id, each)).toBe(false);
    expect(holdsTransaction(header, made.transactionIds[2] as TransactionId, place)).toBe(false);
    expect(holdsTransaction(heightAt(8).header, id, place)).toBe(false);
  });

  test("a write with another value, or of a key that was not written, is not proven", () => {
    const [key, value] = made.changes[0] as Change;
    const place = placeOf(changeLeaves, 0);
    const wrong: readonly Change[] = [
      [key, null],
      [key, new Uint8Array(0)],
      [key, Uint8Array.from([...(value ?? []), 0])],
      [Uint8Array.from([...key, 0]), value],
    ];
    for (const change of wrong) expect(holdsChange(header, change, place)).toBe(false);
  });

  test("one root never serves for the other", () => {
    const change = made.changes[0] as Change;
    const swapped = { ...header, transactionsRoot: changesRootOf(made.changes) };
    expect(holdsChange(header, change, placeOf(changeLeaves, 0))).toBe(true);
    expect(
      holdsChange(
        { ...header, changesRoot: header.transactionsRoot },
        change,
        placeOf(changeLeaves, 0),
      ),
    ).toBe(false);
    const id = made.transactionIds[0] as TransactionId;
    expect(holdsTransaction(swapped, id, placeOf(idLeaves, 0))).toBe(false);
  });
});
