import type { Readable } from "node:stream";
import { settingsFromLine, settingsLine } from "./read.ts";
import type { Settings } from "./table.ts";

/** What a program is told over its standard input when it is started. */
export interface Handed {
  readonly passphrase: string;
  /** Resolves when a starter that kept its end open has died. */
  readonly gone: Promise<void>;
}

const lengthMax = 65_536;

/** What {@link readOrders} reads: the passphrase on the first line, the settings on the second. */
export function ordersText(passphrase: string, settings: Settings): string {
  return `${passphrase}\n${settingsLine(settings)}\n`;
}

/** Reads the passphrase alone. @throws Error when what comes is far too long */
export async function readPassphrase(stdin: Readable): Promise<Handed> {
  const [[passphrase = ""], gone] = await readLines(stdin, 1);
  return { passphrase, gone };
}

/**
 * Reads the passphrase and the settings as the starter has read them: so both programs of a company, and
 * one that is started again, go by the same settings whatever happens to the file meanwhile.
 * @throws SETTINGS_REFUSED; Error when what comes is far too long
 */
export async function readOrders(
  stdin: Readable,
): Promise<Handed & { readonly settings: Settings }> {
  const [[passphrase = "", second = ""], gone] = await readLines(stdin, 2);
  return { passphrase, gone, settings: settingsFromLine(second) };
}

function readLines(
  stdin: Readable,
  count: number,
): Promise<readonly [lines: readonly string[], gone: Promise<void>]> {
  return new Promise((resolve, reject) => {
    const gone = Promise.withResolvers<void>();
    let text = "";
    let isRead = false;
    const finish = (): void => {
      isRead = true;
      const lines = text.split("\n").map((line) => line.replace(/\r$/, ""));
      text = "";
      resolve([lines, gone.promise]);
    };
    stdin.setEncoding("utf8");
    stdin.on("error", reject);
    stdin.on("data", (chunk: string) => {
      if (isRead) return;
      text += chunk;
      if (text.split("\n").length > count) finish();
      else if (text.length > lengthMax) reject(new Error("standard input has too much on a line"));
    });
    stdin.on("end", () => {
      // Whoever closes together with the last line gives no sign of life to watch.
      if (isRead) gone.resolve();
      else finish();
    });
  });
}
