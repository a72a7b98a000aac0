import { execFileSync } from "node:child_process";
import { X509Certificate } from "node:crypto";
import { existsSync } from "node:fs";
import { chmod, mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { isIP } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { GatewayError } from "../src/errors.ts";
import {
  type CertificateFiles,
  openOwnCertificate,
  readCertificate,
} from "../src/plant/certificate.ts";
import { issueSelfSigned } from "../src/plant/self-signed.ts";

const dayMs = 86_400_000;
const nowMs = Date.parse("2026-11-22T00:00:00Z");

let folder: string;
let files: CertificateFiles;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "tegata-certificate-"));
  files = { certificate: join(folder, "plant.crt"), key: join(folder, "plant.key") };
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const asked = { title: "加藤プレス", host: "192.168.1.10", nowMs };

test("whatever it is for, a certificate is read as it was meant, holds for its own key and can issue no other", () => {
  const v6 = fc.ipV6().filter((address) => !address.includes("."));
  const host = fc.oneof(fc.ipV4(), v6, fc.domain());
  const days = fc.integer({ min: 1, max: 20_000 });
  const property = fc.property(
    fc.string({ unit: "grapheme", minLength: 1, maxLength: 60 }),
    fc.array(host, { minLength: 1, maxLength: 40 }),
    days,
    (title, hosts, until) => {
      const made = issueSelfSigned({ title, hosts, fromMs: nowMs, untilMs: nowMs + until * dayMs });
      const read = new X509Certificate(made.certificate);
      expect(read.verify(read.publicKey)).toBe(true);
      expect(read.ca).toBe(false);
      expect(read.validFromDate.getTime()).toBe(nowMs);
      expect(read.validToDate.getTime()).toBe(nowMs + until * dayMs);
      expect(Number.parseInt(read.serialNumber.slice(0, 2), 16)).toBeLessThan(0x80);
      expect(read.serialNumber).toHaveLength(32);
      for (const one of hosts) {
        const met = isIP(one) === 0 ? read.checkHost(one) : read.checkIP(one);
        expect(met, one).not.toBeUndefined();
      }
    },
  );
  fc.assert(property, { numRuns: 60 });
});

test("the certificate the gateway makes names where it listens, and OpenSSL trusts it under its own name alone", async () => {
  const { fingerprint, validUntilMs } = await openOwnCertificate(files, asked);
  const read = new X509Certificate(await readFile(files.certificate));
  expect(fingerprint).toBe(read.fingerprint256);
  expect(Math.round((validUntilMs - nowMs) / dayMs)).toBe(5 * 365);
  expect(read.checkIP("192.168.1.10")).toBe("192.168.1.10");
  expect(read.checkIP("192.168.1.11")).toBeUndefined();
  expect((await stat(files.key)).mode & 0o777).toBe(0o600);
  const verify = (ip: string): string => {
    const at = ["-attime", `${nowMs / 1_000}`, "-x509_strict", "-purpose", "sslserver"];
    const words = ["verify", ...at, "-verify_ip", ip, "-CAfile", files.certificate];
    return execFileSync("openssl", [...words, files.certificate], { stdio: "pipe" }).toString();
  };
  expect(verify("192.168.1.10")).toMatch(/: OK$/m);
  expect(() => verify("192.168.1.11")).toThrow(/mismatch/);
});

test("what was made stays as long as both files are there, and a missing one makes both anew", async () => {
  const first = await openOwnCertificate(files, asked);
  const again = await openOwnCertificate(files, { ...asked, host: "10.0.0.1" });
  expect(again.fingerprint).toBe(first.fingerprint);
  for (const gone of [files.certificate, files.key]) {
    await rm(gone);
    const anew = await openOwnCertificate(files, asked);
    expect(anew.fingerprint).not.toBe(first.fingerprint);
    expect((await readCertificate(files)).fingerprint).toBe(anew.fingerprint);
  }
  expect(existsSync(`${files.key}.new`)).toBe(false);
});

test("a certificate of the company is refused with its file where it cannot serve", async () => {
  const refusal = async (): Promise<unknown> =>
    readCertificate(files).then(
      () => "taken",
      (error: GatewayError<"GATEWAY_CONFIG_INVALID">) => [error.code, error.detail.reason ?? null],
    );
  const times = { fromMs: nowMs, untilMs: nowMs + dayMs };
  const [own, other] = [1, 2].map(() => issueSelfSigned({ title: "a", hosts: ["a"], ...times }));
  const put = (certificate = own?.certificate ?? "", key = own?.key ?? "") =>
    Promise.all([
      writeFile(files.certificate, certificate),
      writeFile(files.key, key, { mode: 0o600 }),
    ]);
  await put();
  expect(await refusal()).toBe("taken");
  await put(own?.certificate, other?.key);
  expect(await refusal()).toEqual(["GATEWAY_CONFIG_INVALID", expect.stringContaining("another")]);
  await put("nothing");
  expect(await refusal()).toEqual(["GATEWAY_CONFIG_INVALID", expect.stringContaining("PEM")]);
  await put(own?.certificate, "nothing");
  expect(await refusal()).toEqual(["GATEWAY_CONFIG_INVALID", expect.stringContaining("PEM")]);
  await put();
  await chmod(files.key, 0o640);
  expect(await refusal()).toEqual(["LEDGER_SECRET_FILE_EXPOSED", null]);
  await rm(files.certificate);
  expect(await refusal()).toEqual(["GATEWAY_CONFIG_INVALID", "ENOENT"]);
});
