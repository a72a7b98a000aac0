import { readFileSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { startTegata } from "../../../test/helpers/command.ts";
import { tegata, temporaryFolder } from "./command-helpers.ts";
import { WatchedGateway } from "./watched-gateway.ts";

/** 6,000 rows of which every tenth has a word where a number belongs. */
const numbers = Array.from({ length: 6_000 }, (_, index) => index);
const isBad = (index: number): boolean => index % 10 === 7;
const text = `shot,force\n${numbers
  .map((index) => `${index},${isBad(index) ? "off" : "1.5"}\n`)
  .join("")}`;

async function place() {
  const folder = temporaryFolder();
  const fields = [
    { name: "shot", type: "integer" },
    { name: "force", type: "decimal" },
  ] as const;
  const gateway = new WatchedGateway(join(folder, "home"), fields);
  await gateway.start();
  const [file, list] = [join(folder, "rows.csv"), join(folder, "rejects.csv")];
  writeFileSync(file, text);
  const words = ["submit", "press-3", file, "--home", gateway.home, "--skip-invalid"];
  return { folder, gateway, list, words: [...words, "--rejects", list] };
}

test("a submission that leaves rows out and is killed midway goes on with the same command: none is doubled, each left out is listed", async () => {
  const { folder, gateway, list, words } = await place();
  for (const after of [1, 2]) {
    const running = startTegata(words, { folder, home: null, input: null });
    let taken = 0;
    gateway.taken = () => {
      taken += 1;
      if (taken === after) running.process.kill("SIGKILL");
    };
    await running.ended;
    // A kill may have cut the list, too.
    if (after === 1) truncateSync(list, 1_000);
  }
  gateway.taken = () => undefined;
  const { exit, stdout, stderr } = await tegata(words);
  expect(exit, stderr).toBe(0);
  expect(stdout).toMatch(/[1-9][\d,]* rows of them had been published before; nothing was doubled/);
  expect(gateway.cells("shot")).toEqual(numbers.filter((index) => !isBad(index)));
  const [, ...lines] = readFileSync(list, "utf8").trimEnd().split("\n");
  const bad = numbers.filter(isBad);
  expect(lines.map((line) => line.split(",").slice(0, 2))).toEqual(
    bad.map((index) => [`${index + 2}`, "force"]),
  );
  expect(lines[0]).toMatch(/^9,force,.*,off,/);
}, 120_000);

test("a list that says something else, or more, is not gone on in and stays as it is", async () => {
  const { gateway, list, words } = await place();
  expect((await tegata([...words, "--dry-run"])).exit).toBe(0);
  const whole = readFileSync(list, "utf8");
  for (const other of [whole.replace("off", "on!"), `${whole}1,force,x,y,z\n`]) {
    writeFileSync(list, other);
    const { exit, stderr } = await tegata(words);
    expect([exit, stderr.includes("CLI_FILE_NOT_WRITTEN")]).toEqual([1, true]);
    expect(readFileSync(list, "utf8")).toBe(other);
    expect(gateway.rows).toEqual([]);
  }
});
