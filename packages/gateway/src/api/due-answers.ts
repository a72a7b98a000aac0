import type { IncomingMessage, ServerResponse } from "node:http";

/** A request and its answer. */
interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
}

/**
 * Which connections owe an answer to a request that came whole. What cannot be read behind it must not be refused:
 * that refusal would pass for the answer, and whoever believes it hands in again what was taken.
 */
export class DueAnswers {
  readonly #exchanges = new WeakMap<object, readonly Exchange[]>();

  note(request: IncomingMessage, response: ServerResponse): void {
    const { socket } = request;
    this.#exchanges.set(socket, [...this.#open(socket), { request, response }]);
  }

  /** A request that did not come whole is refused itself, and nothing of it was taken. */
  areDue(socket: object): boolean {
    return this.#open(socket).some(({ request }) => request.complete);
  }

  #open(socket: object): readonly Exchange[] {
    const exchanges = this.#exchanges.get(socket) ?? [];
    return exchanges.filter(({ response }) => !response.writableEnded);
  }
}
