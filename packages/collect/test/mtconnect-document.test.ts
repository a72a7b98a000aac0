import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { dataPath, sharedData } from "../../../test/helpers/shared-data.ts";
import { readAgentDocument } from "../src/mtconnect-document.ts";

const header = '<Header instanceId="7" firstSequence="1" lastSequence="9" nextSequence="10"/>';

function streams(inner: string): string {
  return `<?xml version="1.0"?><m:MTConnectStreams xmlns:m="urn:x">${header}<Streams>${inner}</Streams></m:MTConnectStreams>`;
}

test("samples, events and conditions of all components come in the order of their numbers", () => {
  const document = readAgentDocument(
    streams(`<DeviceStream name="M1"><ComponentStream><Samples>
      <Load dataItemId="d3" name="Xload" sequence="3" timestamp="T3"> 1.5 </Load>
      <Load dataItemId="d1" sequence="1" timestamp="T1">&lt;&#65;&#x42;&amp;amp;&gt;</Load></Samples>
      <Events><Message dataItemId="d2" sequence="2" timestamp="T2"/>
      <Vars dataItemId="d5" sequence="5" timestamp="T5" count="2"><Entry key="a">1</Entry><Entry key="b">2</Entry></Vars></Events></ComponentStream>
      <ComponentStream><Condition><Fault dataItemId="d4" sequence="4" timestamp="T4" nativeCode="E7" qualifier="HIGH" type="TEMP">hot</Fault>
      <Unavailable dataItemId="d6" sequence="6" timestamp="T6"/></Condition></ComponentStream></DeviceStream>`),
  );
  expect(document).toEqual({
    type: "streams",
    header: { instance: "7", first: 1, last: 9, next: 10 },
    observations: [
      [1, "T1", "d1", "<AB&amp;>"],
      [2, "T2", "d2", ""],
      [3, "T3", "Xload", "1.5"],
      [4, "T4", "d4", "FAULT|E7||HIGH|hot"],
      [5, "T5", "d5", "a=1 b=2"],
      [6, "T6", "d6", "UNAVAILABLE||||"],
    ],
  });
});

test("items of several devices carry the device's name", () => {
  const device = (name: string, sequence: number): string =>
    `<DeviceStream name="${name}"><ComponentStream><Samples><A dataItemId="x" sequence="${sequence}" timestamp="T">1</A></Samples></ComponentStream></DeviceStream>`;
  expect(readAgentDocument(streams(device("M1", 1) + device("M2", 2)))).toMatchObject({
    observations: [
      [1, "T", "M1/x", "1"],
      [2, "T", "M2/x", "1"],
    ],
  });
});

test("errors have codes in both forms of the standard", () => {
  const error = '<Error errorCode="OUT_OF_RANGE">no</Error>';
  for (const inner of [error, `<Errors>${error}</Errors>`]) {
    expect(readAgentDocument(`<MTConnectError>${header}${inner}</MTConnectError>`)).toEqual({
      ...{ type: "error", codes: ["OUT_OF_RANGE"] },
    });
  }
});

test.each([
  ["a document type", `<!DOCTYPE x>${streams("")}`],
  ["entities", `<!doctype x [<!ENTITY a "b">]>${streams("")}`],
  ["no header", "<MTConnectStreams/>"],
  ["another document", "<html/>"],
  ["an endless nesting", "<a>".repeat(1_000)],
  ["nothing", ""],
])("%s is refused", (_, text) => {
  expect(readAgentDocument(text).type).toBe("foreign");
});

test.skipIf(sharedData === null)("the device models of real agents are read", () => {
  for (const [folder, name] of [
    ["mtconnect-okuma", "OKUMA"],
    ["nist-sms", "GFAgie01"],
  ] as const) {
    const text = readFileSync(dataPath("telemetry", folder, "devices.xml"), "utf8");
    const document = readAgentDocument(text);
    expect(document.type === "devices" && document.names).toContain(name);
  }
});
