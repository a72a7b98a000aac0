import { readdir, readFile, readlink } from "node:fs/promises";

/** The two ports of a connection within this machine, as the one who dialed sees them. */
export interface DialedConnection {
  readonly ownPort: number;
  readonly otherPort: number;
}

function portText(port: number): string {
  return port.toString(16).toUpperCase().padStart(4, "0");
}

/** Number of the dialing end of a connection in the system's table; null when it is gone. */
async function inodeOf({ ownPort, otherPort }: DialedConnection): Promise<string | null> {
  const table = await readFile("/proc/net/tcp", "utf8");
  for (const line of table.split("\n")) {
    const [, own, other, , , , , , , inode] = line.trim().split(/\s+/);
    const isOwn = own?.endsWith(`:${portText(ownPort)}`) === true;
    if (isOwn && other?.endsWith(`:${portText(otherPort)}`)) return inode ?? null;
  }
  return null;
}

async function hasOpen(pid: number, link: string): Promise<boolean> {
  const folder = `/proc/${pid}/fd`;
  const names = await readdir(folder).catch(() => []);
  const links = await Promise.all(
    names.map((name) => readlink(`${folder}/${name}`).catch(() => "")),
  );
  return links.includes(link);
}

/** Which of some processes dialed a connection over IPv4; null when none of them did. Linux only. */
export async function ownerOf(
  connection: DialedConnection,
  pids: readonly number[],
): Promise<number | null> {
  const inode = await inodeOf(connection);
  if (inode === null) return null;
  for (const pid of pids) if (await hasOpen(pid, `socket:[${inode}]`)) return pid;
  return null;
}
