/** Where progress is shown, and the clock it is shown by. */
export interface ProgressOptions {
  readonly stream: { write(text: string): unknown };
  readonly isTty: boolean;
  /** Milliseconds of a clock that never goes back. */
  readonly now: () => number;
}

/** A line that tells how far a command is. */
export interface Progress {
  /** Shows the text when it is time to; cheap enough for every batch. */
  report(text: string): void;
  /** Takes the line off a terminal, so that the result stands where it was. */
  end(): void;
}

/** A command that is done within this time shows no progress. */
const quietMs = 500;
const redrawMs = 100;
const lineEveryMs = 10_000;
const clearLine = "\r\u001b[2K";

/** Progress on a terminal after 500 ms; elsewhere one line every 10 s. */
export function startProgress({ stream, isTty, now }: ProgressOptions): Progress {
  const startMs = now();
  let nextMs = startMs + (isTty ? quietMs : lineEveryMs);
  let drawn = false;
  return {
    report(text) {
      const nowMs = now();
      if (nowMs < nextMs) return;
      nextMs = nowMs + (isTty ? redrawMs : lineEveryMs);
      stream.write(isTty ? `${clearLine}${text}` : `${text}\n`);
      drawn = isTty;
    },
    end() {
      if (drawn) stream.write(clearLine);
      drawn = false;
    },
  };
}
