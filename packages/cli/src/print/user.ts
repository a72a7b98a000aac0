import { readFileSync } from "node:fs";

/** A user by name, where this machine knows one, else by number. Source: passwd(5) */
export function userText(id: number | null): string {
  if (id === null) return "?";
  return nameOf(id) ?? `${id}`;
}

function nameOf(id: number): string | null {
  try {
    const lines = readFileSync("/etc/passwd", "utf8").split("\n");
    const found = lines.map((line) => line.split(":")).find(([, , uid]) => uid === `${id}`);
    return found?.[0] ?? null;
  } catch {
    return null;
  }
}
