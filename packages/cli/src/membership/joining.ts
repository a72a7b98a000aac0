import { mkdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { exists, homePaths, writeWhole } from "../founding/home.ts";

/** Where a company that joins has come to, in its home folder until it is a member. */
export interface Joining {
  readonly folder: string;
  /** The line of the invitation. */
  readonly invitation: string;
  readonly application: string;
  /** There until somebody has the recovery words. */
  readonly words: string;
  /** There as soon as the application may have left. */
  readonly sent: string;
  /** There as soon as the members have decided for the company. */
  readonly admitted: string;
}

/** Paths of what is kept while a company joins. Source: docs/PROTOCOL.md section 9. */
export function joiningPaths(home: string): Joining {
  const folder = join(home, "joining");
  return {
    folder,
    invitation: join(folder, "invitation"),
    application: join(folder, "application"),
    words: join(folder, "words"),
    sent: join(folder, "sent"),
    admitted: join(folder, "admitted"),
  };
}

/** The invitation with which a company began to join here, or null. */
export async function begunWith(home: string): Promise<string | null> {
  const { invitation } = joiningPaths(home);
  return (await exists(invitation)) ? (await readFile(invitation, "utf8")).trim() : null;
}

/** Notes with which invitation a company begins to join. */
export async function beginJoining(home: string, invitation: string): Promise<void> {
  const paths = joiningPaths(home);
  await mkdir(paths.folder, { recursive: true, mode: 0o700 });
  await writeWhole(paths.invitation, `${invitation}\n`);
}

/** Takes away keys of an attempt that ended before its card was written: nobody has seen anything of them. */
export async function dropHalfMadeKeys(home: string): Promise<void> {
  const paths = homePaths(home);
  if (await exists(paths.card)) return;
  await rm(paths.nodeKeystore, { force: true });
  await rm(paths.gatewayKeystore, { force: true });
  await rm(joiningPaths(home).application, { force: true });
  await rm(joiningPaths(home).words, { force: true });
}

/** Keeps the signed application. */
export async function keepApplication(home: string, bytes: Uint8Array): Promise<void> {
  const text = Buffer.from(bytes).toString("base64url");
  await writeWhole(joiningPaths(home).application, `${text}\n`);
}

/** The signed application. */
export async function keptApplication(home: string): Promise<Uint8Array> {
  const text = await readFile(joiningPaths(home).application, "utf8");
  return Uint8Array.from(Buffer.from(text.trim(), "base64url"));
}

/** Whether the application may have left before. */
export function wasSent(home: string): Promise<boolean> {
  return exists(joiningPaths(home).sent);
}

/** Notes that the application may leave now. */
export async function noteSending(home: string): Promise<void> {
  await writeWhole(joiningPaths(home).sent, "");
}

/** Whether the company was found to be a member before. */
export function wasAdmitted(home: string): Promise<boolean> {
  return exists(joiningPaths(home).admitted);
}

/** Notes that the company is a member. */
export async function noteAdmitted(home: string): Promise<void> {
  await writeWhole(joiningPaths(home).admitted, "");
}

/** The company is a member: the invitation is of no more use. */
export async function endJoining(home: string): Promise<void> {
  await rm(joiningPaths(home).folder, { recursive: true, force: true });
}
