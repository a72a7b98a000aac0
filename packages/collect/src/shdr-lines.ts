import { isUtf8 } from "node:buffer";
import { collectLimits } from "./limits.ts";

/**
 * What an adapter says. `torn`: the connection broke in the middle of it; `long`: more than is taken, of
 * which the beginning is kept; `asset`: a document over several lines.
 */
export type AdapterWord =
  | { readonly type: "line" | "torn" | "long" | "asset" | "encoding"; readonly text: string }
  | { readonly type: "command"; readonly text: string };

const lineFeed = 0x0a;
const shownMax = 200;
const assetStart = /^[^|]*\|@[^|]+@\|.*\|(--multiline--\S*)\s*$/;

/** Puts the bytes of one connection together to what the adapter says. Source: MTConnect adapter protocol. */
export class ShdrLines {
  readonly #kind: "adapter" | "plain";
  #open: Buffer[] = [];
  #openBytes = 0;
  #isTooLong = false;
  #asset: { readonly mark: string; readonly lines: string[]; bytes: number } | null = null;

  /** `plain`: every line stands for itself. */
  constructor(kind: "adapter" | "plain") {
    this.#kind = kind;
  }

  take(chunk: Buffer): readonly AdapterWord[] {
    const words: AdapterWord[] = [];
    let start = 0;
    for (let end = chunk.indexOf(lineFeed); end !== -1; end = chunk.indexOf(lineFeed, start)) {
      this.#add(chunk.subarray(start, end));
      const word = this.#close();
      if (word !== null) words.push(word);
      start = end + 1;
    }
    this.#add(chunk.subarray(start));
    return words;
  }

  /** The connection is over: what has no end was cut off somewhere, even where it reads well. */
  end(): readonly AdapterWord[] {
    const asset = this.#asset?.lines ?? [];
    const last = Buffer.concat(this.#open).toString("utf8");
    const text = [...asset, ...(last.trim() === "" ? [] : [last])].join("\n");
    this.#asset = null;
    this.#reset();
    return text === "" ? [] : [{ type: "torn", text }];
  }

  #add(bytes: Buffer): void {
    const room = collectLimits.heardBytesMax - this.#openBytes;
    if (bytes.length > room) this.#isTooLong = true;
    if (bytes.length === 0 || this.#isTooLong) return;
    this.#open.push(bytes);
    this.#openBytes += bytes.length;
  }

  #close(): AdapterWord | null {
    const [only] = this.#open;
    const bytes = this.#open.length === 1 && only !== undefined ? only : Buffer.concat(this.#open);
    const isTooLong = this.#isTooLong;
    this.#reset();
    const text = bytes.toString("utf8").replace(/\r$/, "");
    if (isTooLong) return { type: "long", text: text.slice(0, shownMax) };
    if (this.#asset !== null) return this.#addToAsset(text);
    if (text.trim() === "") return null;
    if (!isUtf8(bytes)) return { type: "encoding", text };
    if (this.#kind === "plain") return { type: "line", text };
    if (text.startsWith("*")) return { type: "command", text };
    const mark = text.includes("--multiline--") ? assetStart.exec(text)?.[1] : undefined;
    if (mark === undefined) return { type: "line", text };
    this.#asset = { mark, lines: [text], bytes: text.length };
    return null;
  }

  #addToAsset(text: string): AdapterWord | null {
    const asset = this.#asset;
    if (asset === null) return null;
    asset.lines.push(text);
    asset.bytes += text.length;
    const isTooLong = asset.bytes > collectLimits.heardBytesMax;
    if (!isTooLong && text.trim() !== asset.mark) return null;
    this.#asset = null;
    const whole = asset.lines.join("\n");
    return isTooLong
      ? { type: "long", text: whole.slice(0, shownMax) }
      : { type: "asset", text: whole };
  }

  #reset(): void {
    this.#open = [];
    this.#openBytes = 0;
    this.#isTooLong = false;
  }
}
