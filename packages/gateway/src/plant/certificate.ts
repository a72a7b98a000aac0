import { createPrivateKey, X509Certificate } from "node:crypto";
import { existsSync } from "node:fs";
import { readFile, rename, rm, writeFile } from "node:fs/promises";
import { hostname, networkInterfaces } from "node:os";
import { createSecureContext } from "node:tls";
import { createSecretFile, readSecretFile } from "@tegata/ledger/storage";
import { GatewayError } from "../errors.ts";
import { issueSelfSigned } from "./self-signed.ts";

/** What people are told of a certificate. */
export interface CertificateFacts {
  /** File to copy to the machines of the plant. */
  readonly path: string;
  /** SHA-256 of the certificate: pairs of hexadecimal digits with colons between them. */
  readonly fingerprint: string;
  readonly validUntilMs: number;
}

/** A certificate with its key, both as PEM. */
export interface PlantCertificate extends CertificateFacts {
  readonly certificate: string;
  readonly key: string;
}

/** Where the two files lie. */
export interface CertificateFiles {
  readonly certificate: string;
  readonly key: string;
}

const madeForMs = 5 * 365 * 86_400_000;
/** Clocks of machines on a plant's network may be late. */
const marginMs = 86_400_000;

/**
 * Reads a certificate and its key.
 * @throws GATEWAY_CONFIG_INVALID, LEDGER_SECRET_FILE_EXPOSED, LEDGER_SECRET_FILE_UNREADABLE
 */
export async function readCertificate(files: CertificateFiles): Promise<PlantCertificate> {
  const refuse = (path: string, reason: string, cause?: unknown): GatewayError =>
    new GatewayError("GATEWAY_CONFIG_INVALID", { path, reason }, cause);
  const certificate = await readFile(files.certificate, "utf8").catch((cause: unknown) => {
    throw refuse(files.certificate, (cause as NodeJS.ErrnoException).code ?? "unreadable", cause);
  });
  const key = await readSecretFile(files.key);
  const first = parsed(() => new X509Certificate(certificate));
  if (first === null) throw refuse(files.certificate, "it is no certificate in PEM");
  const secret = parsed(() => createPrivateKey(key));
  if (secret === null) throw refuse(files.key, "it is no private key in PEM without a passphrase");
  if (!first.checkPrivateKey(secret))
    throw refuse(files.key, "it is the key of another certificate");
  const context = parsed(() => createSecureContext({ cert: certificate, key }));
  if (context === null) throw refuse(files.certificate, "it does not serve for TLS");
  return { certificate, key, path: files.certificate, ...factsOf(first) };
}

/**
 * Makes the two files where one is missing: a certificate for five years that names `host` and everything else
 * this machine is called. Where both are there they stay as they are, so that what was copied goes on serving.
 * @throws as {@link readCertificate}
 */
export async function openOwnCertificate(
  files: CertificateFiles,
  { title, host, nowMs }: { readonly title: string; readonly host: string; readonly nowMs: number },
): Promise<PlantCertificate> {
  if (!existsSync(files.key) || !existsSync(files.certificate)) {
    const hosts = namesOf(host);
    const times = { fromMs: nowMs - marginMs, untilMs: nowMs + madeForMs };
    const made = issueSelfSigned({ title, hosts, ...times });
    const [certificate, key] = [`${files.certificate}.new`, `${files.key}.new`];
    await Promise.all([rm(certificate, { force: true }), rm(key, { force: true })]);
    await writeFile(certificate, made.certificate, { mode: 0o644, flush: true });
    await createSecretFile(key, made.key);
    // A crash in between leaves a pair that does not fit: the certificate goes first, and comes last.
    await rm(files.certificate, { force: true });
    await rename(key, files.key);
    await rename(certificate, files.certificate);
  }
  return readCertificate(files);
}

function factsOf(certificate: X509Certificate): Omit<CertificateFacts, "path"> {
  const { fingerprint256, validToDate } = certificate;
  return { fingerprint: fingerprint256, validUntilMs: validToDate.getTime() };
}

function parsed<T>(read: () => T): T | null {
  try {
    return read();
  } catch {
    return null;
  }
}

const isEverywhere = (host: string): boolean => host === "0.0.0.0" || /^[0:]+$/.test(host);

/** Names and addresses under which machines may reach this one. */
function namesOf(host: string): readonly string[] {
  const own = Object.values(networkInterfaces()).flatMap((list) => list ?? []);
  const reachable = own.filter(({ address }) => !address.startsWith("fe80:"));
  const all = [host, hostname(), "localhost", ...reachable.map(({ address }) => address)];
  return [...new Set(all)].filter((name) => !isEverywhere(name) && /^[\x21-\x7e]+$/.test(name));
}
