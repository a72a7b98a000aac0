import { X509Certificate } from "node:crypto";
import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import type { Settings } from "@tegata/settings";
import type { Facts } from "./facts.ts";
import { type Finding, findingsOf } from "./finding.ts";

const others = 0o077;
const dayMs = 86_400_000;
/** Time enough to bring a new certificate to every machine of a plant. */
const warnMs = 60 * dayMs;

/** Whether machines of the plant can trust what they meet, where the gateway is open to them. */
export async function checkPlant(
  facts: Pick<Facts, "settings" | "gateway" | "nowMs" | "paths">,
): Promise<readonly Finding[]> {
  const found = findingsOf("plant");
  const { settings, gateway, nowMs, paths } = facts;
  const at = settings?.["plant.listen"] ?? null;
  if (settings === null || at === null) return [found.skip("plant-closed")];
  const files = filesOf(settings, paths.home);
  const keyMode = await modeOf(files.key);
  const certificate = await certificateIn(files.certificate);
  if (certificate === "missing" && keyMode === null && files.isOwn) {
    return [found.skip("plant-early", { at })];
  }
  const list: Finding[] = [];
  if (keyMode !== null && process.platform !== "win32" && (keyMode & others) !== 0) {
    const mode = keyMode.toString(8).padStart(4, "0");
    list.push(found.fail("plant-key-exposed", { path: files.key, mode }));
  }
  const path = files.certificate;
  if (keyMode === null) list.push(found.fail("plant-unreadable", { path: files.key }));
  if (typeof certificate === "string") return [...list, found.fail("plant-unreadable", { path })];
  const untilMs = certificate.validToDate.getTime();
  const days = Math.floor((untilMs - nowMs) / dayMs);
  if (untilMs <= nowMs) list.push(found.fail("plant-expired", { path, untilMs }));
  else if (untilMs - nowMs < warnMs) list.push(found.warn("plant-expiring", { path, days }));
  const running = gateway?.plant?.certificate.fingerprint ?? null;
  if (running !== null && running !== certificate.fingerprint256) {
    list.push(found.warn("plant-other", { path }));
  }
  if (list.length > 0) return list;
  return [found.pass("plant", { at, tokens: gateway?.plant?.tokens ?? null, days })];
}

function filesOf(settings: Settings, home: string) {
  const certificate = settings["plant.certificateFile"];
  const key = settings["plant.keyFile"];
  return certificate === null || key === null
    ? { isOwn: true, certificate: join(home, "plant.crt"), key: join(home, "gateway", "plant.key") }
    : { isOwn: false, certificate, key };
}

async function modeOf(path: string): Promise<number | null> {
  try {
    return (await stat(path)).mode & 0o777;
  } catch {
    return null;
  }
}

async function certificateIn(path: string): Promise<X509Certificate | "missing" | "unreadable"> {
  try {
    return new X509Certificate(await readFile(path));
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "ENOENT" ? "missing" : "unreadable";
  }
}
