import { expect, test } from "vitest";
import { isAskedFor } from "../src/mqtt-topic.ts";

test.each([
  ["line/#", "line", true],
  ["line/#", "line/a/b", true],
  ["line/#", "lines/a", false],
  ["line/+/load", "line/a/load", true],
  ["line/+/load", "line/a/b/load", false],
  ["line/+", "line", false],
  ["+", "line", true],
  ["+/+", "/line", true],
  ["#", "line/a", true],
  ["#", "$SYS/load", false],
  ["$SYS/#", "$SYS/load", true],
  ["$share/g/line/+", "line/a", true],
  ["line/a", "line/A", false],
])("%s asks for %s: %s", (filter, topic, is) => {
  expect(isAskedFor(filter, topic)).toBe(is);
});
