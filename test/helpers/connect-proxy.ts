import { once } from "node:events";
import { createServer, type IncomingMessage, type Server } from "node:http";
import { connect, type Socket } from "node:net";

/** What a proxy does with those that ask for a tunnel. */
export type ProxyManner =
  | { readonly kind: "serve" }
  /** Declines with a status of its own. */
  | { readonly kind: "answer"; readonly status: number }
  /** Takes the connection and says nothing. */
  | { readonly kind: "hang" }
  /** Takes the connection and ends it. */
  | { readonly kind: "close" }
  /** Answers what is no HTTP. */
  | { readonly kind: "babble" }
  /** Opens the tunnel and ends it after so many bytes from the target. */
  | { readonly kind: "cut"; readonly afterBytes: number };

/** A tunnel that was asked for. */
export interface AskedTunnel {
  readonly target: string;
  readonly authorization: string | null;
}

/** A small HTTP proxy that knows CONNECT only; names that end in `.example` are this machine. */
export class ConnectProxy {
  readonly asked: AskedTunnel[] = [];
  manner: ProxyManner = { kind: "serve" };
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  private constructor() {
    this.#server = createServer();
    this.#server.on("connection", (socket: Socket) => this.#keep(socket));
    this.#server.on("connect", (call: IncomingMessage, socket: Socket, head: Buffer) => {
      this.#onConnect(call, socket, head);
    });
  }

  static async open(): Promise<ConnectProxy> {
    const proxy = new ConnectProxy();
    proxy.#server.listen(0, "127.0.0.1");
    await once(proxy.#server, "listening");
    return proxy;
  }

  get port(): number {
    const address = this.#server.address();
    if (address === null || typeof address === "string") throw new Error("no port");
    return address.port;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  /** Ends every tunnel; new ones may be asked for. */
  hangUp(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  async close(): Promise<void> {
    const closed = new Promise((done) => this.#server.close(done));
    this.hangUp();
    await closed;
  }

  #keep(socket: Socket): void {
    this.#sockets.add(socket);
    socket.on("error", () => undefined);
    socket.on("close", () => this.#sockets.delete(socket));
  }

  #onConnect(call: IncomingMessage, socket: Socket, head: Buffer): void {
    const target = call.url ?? "";
    this.asked.push({ target, authorization: call.headers["proxy-authorization"] ?? null });
    const { manner } = this;
    switch (manner.kind) {
      case "answer":
        socket.end(`HTTP/1.1 ${manner.status} Because\r\ncontent-length: 0\r\n\r\n`);
        return;
      case "hang":
        return;
      case "close":
        socket.destroy();
        return;
      case "babble":
        socket.end("220 mail.example ESMTP\r\n".repeat(100));
        return;
      case "serve":
        this.#tunnel(target, socket, head, Number.POSITIVE_INFINITY);
        return;
      case "cut":
        this.#tunnel(target, socket, head, manner.afterBytes);
    }
  }

  #tunnel(target: string, socket: Socket, head: Buffer, bytesMax: number): void {
    const [, name = "", port = ""] = /^(.*):([0-9]+)$/.exec(target) ?? [];
    const host = name.endsWith(".example") ? "127.0.0.1" : name.replace(/^\[|\]$/g, "");
    const other = connect({ host, port: Number(port), noDelay: true });
    this.#keep(other);
    let isOpen = false;
    let bytes = 0;
    other.on("connect", () => {
      isOpen = true;
      socket.write("HTTP/1.1 200 Connection established\r\n\r\n");
      if (head.length > 0) other.write(head);
      socket.pipe(other);
      other.on("data", (chunk: Buffer) => {
        bytes += chunk.length;
        if (bytes > bytesMax) this.hangUp();
        else socket.write(chunk);
      });
    });
    other.on("close", () => {
      if (isOpen) socket.destroySoon();
      else socket.end("HTTP/1.1 502 Bad Gateway\r\ncontent-length: 0\r\n\r\n");
    });
    socket.on("close", () => other.destroy());
  }
}
