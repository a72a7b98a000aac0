import {
  closeSync,
  constants,
  fstatSync,
  fsyncSync,
  lstatSync,
  openSync,
  readSync,
  renameSync,
  writeFileSync,
} from "node:fs";
import { dirname } from "node:path";
import { SettingsError } from "./errors.ts";

/** Far more than all settings with a page of comments on each. */
const fileBytesMax = 65_536;

function unreadable(path: string, reason: string, cause?: unknown): SettingsError {
  const message = `the settings ${path} cannot be read: ${reason}`;
  return new SettingsError("SETTINGS_UNREADABLE", message, { path, reason }, cause);
}

/** Whether something lies at a path; a link counts, wherever it leads. */
export function liesAt(path: string): boolean {
  try {
    lstatSync(path);
    return true;
  } catch (cause) {
    const { code = "unknown" } = cause as NodeJS.ErrnoException;
    if (code === "ENOENT" || code === "ENOTDIR") return false;
    throw unreadable(path, code, cause);
  }
}

/**
 * The text of a settings file; null when there is none. A link is followed, because configuration
 * management uses them; what is no ordinary file at its end is refused and never waited for.
 * @throws SETTINGS_UNREADABLE
 */
export function readFileText(path: string): string | null {
  if (!liesAt(path)) return null;
  let file: number;
  try {
    file = openSync(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
  } catch (cause) {
    throw unreadable(path, (cause as NodeJS.ErrnoException).code ?? "unknown", cause);
  }
  try {
    const stat = fstatSync(file);
    if (!stat.isFile()) throw unreadable(path, "it is no ordinary file");
    const bytes = Buffer.alloc(fileBytesMax + 1);
    const size = fill(file, bytes);
    if (size > fileBytesMax) throw unreadable(path, `it has more than ${fileBytesMax} bytes`);
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes.subarray(0, size));
  } catch (cause) {
    if (cause instanceof SettingsError) throw cause;
    if (cause instanceof TypeError) throw unreadable(path, "it is no UTF-8", cause);
    throw unreadable(path, (cause as NodeJS.ErrnoException).code ?? "unknown", cause);
  } finally {
    closeSync(file);
  }
}

function fill(file: number, bytes: Buffer): number {
  let size = 0;
  while (size < bytes.length) {
    const read = readSync(file, bytes, size, bytes.length - size, null);
    if (read === 0) break;
    size += read;
  }
  return size;
}

/** Writes a file whole or not at all, synced, for its owner only. */
export function writeFileWhole(path: string, text: string): void {
  const draft = `${path}.new`;
  const file = openSync(draft, "w", 0o600);
  try {
    writeFileSync(file, text);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  renameSync(draft, path);
  syncFolder(dirname(path));
}

/** Makes what was renamed in a folder last. */
export function syncFolder(path: string): void {
  const folder = openSync(path, "r");
  try {
    fsyncSync(folder);
  } finally {
    closeSync(folder);
  }
}
