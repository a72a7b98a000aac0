import { createHash, randomBytes } from "node:crypto";
import { describe, expect, test } from "vitest";
import { dataPath, sharedData } from "../../../test/helpers/shared-data.ts";
import {
  type DocumentRow,
  documentCells,
  documentChunkBytes,
  joinDocument,
  readDocument,
  safeFileName,
} from "../src/input/document.ts";
import type { Chunks } from "../src/input/row.ts";
import { documentSchema } from "../src/input/schema.ts";
import { all, chunksOf, failure, fileChunks } from "./helpers.ts";

const about = { document: "00112233445566778899aabbccddeeff", name: "cover.nc" };

async function rowsOf(chunks: Chunks): Promise<DocumentRow[]> {
  return all(readDocument(chunks, about));
}

async function* given(rows: readonly DocumentRow[]): AsyncGenerator<DocumentRow> {
  yield* rows;
}

describe("a document", () => {
  test.each([
    [0, [0]],
    [1, [1]],
    [documentChunkBytes - 1, [documentChunkBytes - 1]],
    [documentChunkBytes, [documentChunkBytes]],
    [documentChunkBytes + 1, [documentChunkBytes, 1]],
    [2 * documentChunkBytes, [documentChunkBytes, documentChunkBytes]],
  ])("of %i bytes is pieces of %j bytes and comes back identical", async (size, sizes) => {
    const bytes = randomBytes(size);
    const rows = await rowsOf(chunksOf(bytes, 65_536));
    expect(rows.map(({ content }) => content.byteLength)).toEqual(sizes);
    expect(rows.map(({ index, last, name }) => [index, last, name])).toEqual(
      sizes.map((_, index) => [index, index === sizes.length - 1, index === 0 ? "cover.nc" : null]),
    );
    expect(Buffer.concat(await all(joinDocument(given(rows)))).equals(bytes)).toBe(true);
  });

  test("has the cells of the fields of its stream", async () => {
    const [row] = await rowsOf(chunksOf("abc"));
    const { fields, facets, kind } = documentSchema("drawings", "UTC");
    expect(fields.map(({ name }) => name)).toEqual([
      "document",
      "name",
      "index",
      "last",
      "content",
    ]);
    expect([facets.length, kind]).toEqual([1, "documents"]);
    expect(row && documentCells(row)).toEqual([
      about.document,
      "cover.nc",
      0,
      true,
      Buffer.from("abc"),
    ]);
  });

  test("that is not whole and in order is refused", async () => {
    const rows = await rowsOf(chunksOf(Buffer.alloc(2_500_000, 1), 65_536));
    const [a, b, c] = rows;
    if (a === undefined || b === undefined || c === undefined) throw new Error("three pieces");
    const reason = async (...pieces: DocumentRow[]) => {
      const error = await failure(() => all(joinDocument(given(pieces))));
      expect(error.code).toBe("CLI_DOCUMENT_BROKEN");
      return (error.detail as { reason: string }).reason;
    };
    expect(await reason(a, b)).toBe("incomplete");
    expect(await reason()).toBe("incomplete");
    expect(await reason(a, c)).toBe("order");
    expect(await reason(b, c)).toBe("order");
    expect(await reason(a, b, c, c)).toBe("order");
    expect(await reason(a, { ...b, document: "ff" }, c)).toBe("mixed");
    expect(await reason(a, { ...b, content: b.content.subarray(1) }, c)).toBe("shape");
    expect(await reason(a, b, { ...c, content: new Uint8Array(0) })).toBe("shape");
  });

  test.each([
    ["cover-rev-a.nc", "cover-rev-a.nc"],
    ["../../etc/passwd", "passwd"],
    ["C:\\temp\\図面.pdf", "図面.pdf"],
    [".bashrc", "_bashrc"],
    ["..", "_"],
    ["a\u202efdp.exe\n", "a_fdp.exe_"],
    ["", "document"],
    ["dir/", "document"],
  ])("named %j is written as %j", (name, safe) => {
    expect(safeFileName(name)).toBe(safe);
  });

  test.skipIf(sharedData === null)("a real drawing comes back with the same hash", async () => {
    const path = dataPath("design", "nist-mtc", "cover-rev-a-drawing.pdf");
    const hash = async (chunks: Chunks) => {
      const sum = createHash("sha256");
      for await (const chunk of chunks) sum.update(chunk);
      return sum.digest("hex");
    };
    const back = joinDocument(readDocument(fileChunks(path), about));
    expect(await hash(back)).toBe(await hash(fileChunks(path)));
  });
});
