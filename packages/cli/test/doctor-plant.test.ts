import { chmodSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Status } from "@tegata/gateway/client";
import { type Settings, settingNames, settingsTable } from "@tegata/settings";
import { expect, test } from "vitest";
import { issueSelfSigned } from "../../gateway/src/plant/self-signed.ts";
import { checkPlant } from "../src/doctor/plant.ts";
import { homePaths } from "../src/founding/home.ts";
import { temporaryFolder } from "./command-helpers.ts";

const dayMs = 86_400_000;

/** The settings of a company that said nothing but these. */
function settings(said: Partial<Settings>): Settings {
  const initial = settingNames.map((name) => [name, settingsTable[name].initial?.value]);
  return { ...(Object.fromEntries(initial) as unknown as Settings), ...said };
}

test("the doctor looks at the certificate that machines of the plant meet, and at who can read its key", async () => {
  const home = temporaryFolder();
  const [certificate, key] = [join(home, "plant.crt"), join(home, "gateway", "plant.key")];
  mkdirSync(join(home, "gateway"));
  const look = async (said: Partial<Settings>, fingerprint: string | null = null) => {
    const plant = { url: "", tokens: 0, certificate: { path: "", validUntilMs: 0, fingerprint } };
    const gateway = fingerprint === null ? null : ({ plant } as unknown as Status);
    const facts = { gateway, nowMs: Date.now(), paths: homePaths(home), settings: settings(said) };
    return (await checkPlant(facts)).map(({ result, code }) => `${result} ${code}`);
  };
  const open = { "plant.listen": "192.168.1.10:7301" };
  expect(await look({})).toEqual(["skip plant-closed"]);
  expect(await look(open)).toEqual(["skip plant-early"]);
  const put = (days: number, mode = 0o600): void => {
    const times = { fromMs: Date.now() - 90 * dayMs, untilMs: Date.now() + days * dayMs };
    const made = issueSelfSigned({ title: "Kato Press", hosts: ["127.0.0.1"], ...times });
    writeFileSync(certificate, made.certificate);
    writeFileSync(key, made.key);
    chmodSync(key, mode);
  };
  put(100);
  expect(await look(open)).toEqual(["pass plant"]);
  expect(await look(open, "AB:CD")).toEqual(["warn plant-other"]);
  const given = { "plant.certificateFile": certificate, "plant.keyFile": key };
  expect(await look({ ...open, ...given })).toEqual(["pass plant"]);
  put(59.5);
  expect(await look(open)).toEqual(["warn plant-expiring"]);
  put(-1, 0o640);
  expect(await look(open)).toEqual(["fail plant-key-exposed", "fail plant-expired"]);
  put(100);
  writeFileSync(certificate, "no certificate");
  expect(await look(open)).toEqual(["fail plant-unreadable"]);
  rmSync(certificate);
  rmSync(key);
  const gone = ["fail plant-unreadable", "fail plant-unreadable"];
  expect(await look({ ...open, ...given })).toEqual(gone);
});
