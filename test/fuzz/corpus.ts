import { readdirSync, readFileSync } from "node:fs";
import { sharedData, vectorPath } from "../helpers/shared-data.ts";
import type { Form } from "./door.ts";

/** Files of one folder of the public vectors; none where they are not on this machine. */
function filesIn(folder: string, ending: string): readonly Uint8Array[] {
  if (sharedData === null) return [];
  const names = readdirSync(vectorPath(folder)).filter((name) => name.endsWith(ending));
  return names.sort().map((name) => new Uint8Array(readFileSync(vectorPath(folder, name))));
}

/** The files that a bundle holds, one a line, under this name of their bytes. */
function bundled(folder: string, name: "hex" | "base64"): readonly Uint8Array[] {
  const lines = filesIn(folder, ".ndjson").flatMap((file) =>
    Buffer.from(file).toString("utf8").split("\n"),
  );
  return lines
    .filter((line) => line !== "")
    .map((line) => (JSON.parse(line) as Readonly<Record<string, string>>)[name] ?? "")
    .map((text) => new Uint8Array(Buffer.from(text, name)));
}

/** The examples of RFC 8949. */
function examples(): readonly Uint8Array[] {
  return filesIn("cbor", ".json").flatMap((file) => {
    const items = JSON.parse(Buffer.from(file).toString("utf8")) as readonly { hex: string }[];
    return items.map(({ hex }) => new Uint8Array(Buffer.from(hex, "hex")));
  });
}

const longestVector = 65_536;

function read(form: Form): readonly Uint8Array[] {
  switch (form) {
    case "canonical":
    case "cbor":
      return [...examples(), ...bundled("cbor", "hex"), ...filesIn("cbor", ".cbor")];
    case "json":
      return [
        ...bundled("json", "base64"),
        ...filesIn("light-client-mbt", ".json"),
        ...filesIn("consensus", ".json"),
        ...filesIn("json-canonicalization", ".json"),
        ...filesIn("epcis-event-hash", ".jsonld"),
      ];
    case "text":
      return [
        ...filesIn("csv", ".csv"),
        ...bundled("json", "base64"),
        ...filesIn("epcis-event-hash", ".jsonld"),
        ...filesIn("epcis-event-hash", ".xml"),
      ];
    default:
      return [];
  }
}

const known = new Map<Form, readonly Uint8Array[]>();

/** Public test vectors of a form; the same plan means other bytes on a machine without them. */
export function corpusOf(form: Form): readonly Uint8Array[] {
  const vectors = known.get(form) ?? read(form).filter(({ length }) => length <= longestVector);
  known.set(form, vectors);
  return vectors;
}
