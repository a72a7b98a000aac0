import { spawn } from "node:child_process";
import { once } from "node:events";

/**
 * Tells the service manager that started this process how it stands, as `READY=1`; without one, or where it does
 * not listen, nothing happens. Its own program does it: Node has no datagram sockets of the unix family.
 * Answers false when it could not be told. Source: sd_notify(3), systemd-notify(1)
 */
export async function tellServiceManager(
  env: Readonly<Record<string, string | undefined>>,
  states: readonly string[],
): Promise<boolean> {
  if ((env.NOTIFY_SOCKET ?? "") === "") return true;
  try {
    const child = spawn("systemd-notify", [...states], { stdio: "ignore", env });
    const [exit] = await once(child, "exit");
    return exit === 0;
  } catch {
    return false;
  }
}
