import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { dataPath, sharedData } from "../../../test/helpers/shared-data.ts";
import { detect, sampleBytesMax } from "../src/input/detect.ts";

const of = (name: string, text: string | Uint8Array) => {
  return detect(name, typeof text === "string" ? Buffer.from(text) : text);
};

describe("the form of a file", () => {
  test.each([
    ["data.txt", '\n {"a":1}\n', "ndjson", "content"],
    ["data.csv", '{"a":1}', "ndjson", "content"],
    ["data.txt", "2017-02-01T13:59:35.09Z|Sload|1\n", "shdr", "content"],
    ["data.txt", "[\n{}]", "json", "content"],
    ["data.txt", '[{"a":1}]', "json", "content"],
    ["data.txt", "a,b\n1,2\n", "csv", "content"],
    ["data.jsonl", "", "ndjson", "name"],
    ["DATA.CSV", "a\n1\n", "csv", "name"],
    ["x.shdr.txt", "* adapterVersion: 1\n", "shdr", "name"],
    ["data.csv", "[K],b\n1,2\n", "csv", "name"],
    ["stdin", "", "csv", "content"],
    ["stdin", "a\0b", "binary", "content"],
    ["a.json", '{\n  "a": 1,\n  "b": [2]\n}\n', "json-document", "content"],
    ["a.json", '{"a":{"b":1}}', "json-document", "content"],
    ["a.ndjson", '{"a":1}\n{"a":{"b":1}}\n', "ndjson", "content"],
    ["a.ndjson", '{"a":1\n{"a":2}\n', "ndjson", "content"],
    ["a.qif", '<?xml version="1.0"?>\n<QIFDocument>', "xml", "content"],
    ["a.xml", '<QIFDocument xmlns="a">', "xml", "content"],
    ["a.step", "ISO-10303-21;\nHEADER;\nFILE_NAME ('a','b');", "step", "content"],
    ["a.nc", "%\r\nO0001(PLATE, OP1)\r\nN100G20\r\n", "program", "content"],
    ["a.txt", "O1234 (PLATE)\nG90 G54", "program", "content"],
    ["a.mpf", "%_N_PLATE_MPF\nN10 G17", "program", "content"],
    ["a.h", "0  BEGIN PGM PLATE MM\n1 TOOL CALL 5", "program", "content"],
    ["a.csv", "%,load\n95,1", "csv", "name"],
    ["a.csv", "O1\n95\n", "csv", "name"],
    ["a.csv", "O2 [%],O1\n95,4\n", "csv", "name"],
    ["a.csv", "<DATE>,<OPEN>\n2026-11-22,1\n", "csv", "name"],
  ])("%s holding %j is %s by its %s", (name, text, format, by) => {
    expect(of(name, text)).toMatchObject({ format, by });
  });

  test.each([
    ["a,b;c", ","],
    ["a;b\tc;d", ";"],
    ["a\tb", "\t"],
    ['"a,b";c', ";"],
    ["a", ","],
  ])("%j is parted by %j", (line, delimiter) => {
    expect(of("x.csv", `${line}\n1\n`).delimiter).toBe(delimiter);
  });

  test("its encoding is UTF-8, CP932, or it is no text", () => {
    const cp932 = Buffer.from([0x89, 0xb7, 0x93, 0x78, 0x2c, 0x62, 0x0a]);
    expect(of("x.csv", cp932)).toMatchObject({ encoding: "cp932", format: "csv" });
    expect(of("x.csv", "温度,b\n").encoding).toBe("utf-8");
    for (const shift of [0, 1, 2, 3]) {
      // Wherever a full sample is cut, the cut character does not change the answer.
      const utf8 = Buffer.from("a".repeat(shift) + "温度😀,".repeat(10_000));
      expect(of("x.csv", utf8.subarray(0, sampleBytesMax)).encoding).toBe("utf-8");
      const windows = Buffer.concat([Buffer.alloc(shift, "a"), ...Array(10_000).fill(cp932)]);
      expect(of("x.csv", windows.subarray(0, sampleBytesMax)).encoding).toBe("cp932");
    }
    expect(of("x.csv", Buffer.from([0xff, 0xfe, 0xfd, 0x41]))).toMatchObject({ format: "binary" });
  });

  test("workbooks and UTF-16 are named as what they are", () => {
    const zip = Buffer.from("PK\u0003\u0004....xl/workbook.xml");
    expect(of("a.csv", zip).format).toBe("workbook");
    expect(of("a.zip", Buffer.from("PK\u0003\u0004....a.txt")).format).toBe("binary");
    const ole = Buffer.from([0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1, 0]);
    expect([of("a.xls", ole).format, of("a.doc", ole).format]).toEqual(["workbook", "binary"]);
    expect(of("a.txt", Buffer.from("\ufefftime\tforce\n", "utf16le")).format).toBe("utf-16");
  });

  test.skipIf(sharedData === null).each([
    ["telemetry/ai4i2020/ai4i2020-rows-0001-7000.csv", "csv"],
    ["quality/steel-plates/faults-a.csv", "csv"],
    ["telemetry/nist-mtc/plate-hurco04-02of20.shdr.txt", "shdr"],
    ["telemetry/nist-sms/mazak01-2017-05-16.shdr.txt", "shdr"],
    ["telemetry/mtconnect-okuma/okuma-2022-08-08.shdr.txt", "shdr"],
    ["design/nist-mtc/cover-rev-a-drawing.pdf", "binary"],
    ["quality/nist-mtc/plate-incoming-multispc.xlsx", "workbook"],
    ["quality/qif-samples/serialized-pass-fail.qif", "xml"],
    ["telemetry/catena-x/iot-sensor-data.json", "json-document"],
  ])("%s is %s whatever its name", (file, format) => {
    const sample = readFileSync(dataPath(...file.split("/"))).subarray(0, sampleBytesMax);
    expect(detect("stdin", sample).format).toBe(format);
  });
});
