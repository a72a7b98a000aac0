import { readFileSync } from "node:fs";
import type { IncomingHttpHeaders } from "node:http";
import { request } from "node:https";
import { connect, type TLSSocket } from "node:tls";

/** What a machine of the plant is told. */
export interface PlantAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
}

/** What a machine sends; `method` is POST where nothing is said. */
export interface Sent {
  readonly path?: string;
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
}

/** A machine of the plant: it knows the address and has the certificate. */
export class PlantMachine {
  readonly port: number;
  readonly #ca: Buffer;
  readonly #from: string;

  /** `from`: its own address. */
  constructor(url: string, certificate: string, from = "127.0.0.1") {
    this.port = Number(new URL(url).port);
    this.#ca = readFileSync(certificate);
    this.#from = from;
  }

  /** Hands in rows of a stream; rejects where the connection breaks. */
  send({ path = "/v1/streams/press/records", method = "POST", headers = {}, body = "" }: Sent) {
    return new Promise<PlantAnswer>((resolve, reject) => {
      const place = { host: "127.0.0.1", port: this.port, localAddress: this.#from };
      const where = { ...place, ca: this.#ca, agent: false };
      const sent = request({ ...where, path, method, headers }, (response) => {
        const chunks: Buffer[] = [];
        response.on("data", (chunk: Buffer) => chunks.push(chunk));
        response.on("error", reject);
        response.on("end", () => {
          const { statusCode: status = 0, headers: told } = response;
          resolve({ status, headers: told, text: Buffer.concat(chunks).toString("utf8") });
        });
      });
      sent.on("error", reject);
      sent.end(body);
    });
  }

  /** A connection over which any bytes can go. */
  connect(options: { readonly maxVersion?: "TLSv1.2" | "TLSv1.1" } = {}): Promise<TLSSocket> {
    return new Promise((resolve, reject) => {
      const place = { host: "127.0.0.1", port: this.port, localAddress: this.#from };
      const where = { ...place, ca: this.#ca, ...options };
      const weak = options.maxVersion === "TLSv1.1" ? { ciphers: "DEFAULT@SECLEVEL=0" } : {};
      const minVersion = options.maxVersion === "TLSv1.1" ? "TLSv1" : "TLSv1.2";
      const socket = connect({ ...where, ...weak, minVersion }, () => resolve(socket));
      socket.once("error", reject);
    });
  }

  /** Sends bytes as they are and gives everything that comes until the other side ends. */
  async raw(...parts: readonly (string | Uint8Array)[]): Promise<string> {
    const socket = await this.connect();
    return new Promise((resolve) => {
      let text = "";
      socket.on("data", (chunk) => {
        text += chunk.toString("utf8");
      });
      socket.on("error", () => resolve(text));
      socket.on("close", () => resolve(text));
      for (const part of parts) socket.write(part);
    });
  }
}
