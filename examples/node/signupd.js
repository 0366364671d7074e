// A client for signupd's socket: no packages, several requests in flight on one connection.
"use strict";
const { randomUUID } = require("node:crypto");
const net = require("node:net");
const readline = require("node:readline");
const { setTimeout: sleep } = require("node:timers/promises");

// The server answers within the request's own timeout; this much longer and the answer is not coming.
const GRACE_MS = 5_000;
const FIRST_PAUSE_MS = 50;
const LONGEST_PAUSE_MS = 1_000;

/** No result. `status` is an HTTP status that a backend can hand on, `reason` what a program decides by. */
class SignupdError extends Error {
  constructor(message, data) {
    super(message);
    this.name = "SignupdError";
    Object.assign(this, { reason: data.reason, status: data.status, field: data.field, hint: data.hint });
    Object.assign(this, { retryAfter: data.retry_after, attemptsLeft: data.attempts_left });
  }

  /** Whether it was done is unknown: repeat it with the same idempotency key. */
  static noReply(cause) {
    return new SignupdError(`signupd did not answer: ${cause}`, { reason: "NO_REPLY", status: 504 });
  }
}

/** One socket, and the requests that wait for a reply on it. */
class Connection {
  #socket;
  #waiting = new Map();
  isOpen = true;

  constructor(path) {
    this.#socket = net.createConnection(path);
    this.#socket.on("error", (error) => this.#end(error));
    this.#socket.on("close", () => this.#end(new Error("the connection ended")));
    const lines = readline.createInterface({ input: this.#socket });
    lines.on("line", (line) => this.#receive(line));
    lines.on("error", (error) => this.#end(error)); // It passes the socket's errors on.
  }

  exchange(id, line) {
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      this.#socket.ref(); // A program ends when nothing waits any more, though the socket is open.
      this.#socket.write(line);
    });
  }

  close() {
    this.#socket.destroy();
  }

  #receive(line) {
    try {
      const reply = JSON.parse(line);
      this.#waiting.get(reply.id)?.resolve(reply); // Else its caller has given up.
      this.#waiting.delete(reply.id);
    } catch (error) {
      this.#socket.destroy(error);
    }
    if (this.#waiting.size === 0) this.#socket.unref();
  }

  #end(error) {
    this.isOpen = false;
    for (const { reject } of this.#waiting.values()) reject(error);
    this.#waiting.clear();
  }
}

class Signupd {
  #path;
  #timeoutMs;
  #connection;
  #lastId = 0;

  constructor(path, { timeoutMs = 10_000 } = {}) {
    this.#path = path;
    this.#timeoutMs = timeoutMs;
  }

  /** The result, or SignupdError. A lost connection is opened again and the request repeated until its time is up. */
  async call(method, params = {}, { idempotencyKey = randomUUID() } = {}) {
    // One key for all tries: the repeated request is done once.
    const _meta = { timeout_ms: this.#timeoutMs, idempotency_key: idempotencyKey };
    const deadline = Date.now() + this.#timeoutMs + GRACE_MS;
    for (let pause = FIRST_PAUSE_MS; ; pause = Math.min(2 * pause, LONGEST_PAUSE_MS)) {
      if (!this.#connection?.isOpen) this.#connection = new Connection(this.#path);
      const connection = this.#connection;
      const timer = setTimeout(() => connection.close(), deadline - Date.now());
      try {
        const id = ++this.#lastId;
        const line = JSON.stringify({ jsonrpc: "2.0", id, method, params: { ...params, _meta } }) + "\n";
        const { result, error } = await connection.exchange(id, line);
        if (error) throw new SignupdError(error.message, error.data);
        return result;
      } catch (error) {
        if (error instanceof SignupdError) throw error;
        if (Date.now() + pause > deadline) throw SignupdError.noReply(error.message);
        await sleep(pause);
      } finally {
        clearTimeout(timer);
      }
    }
  }
}

module.exports = { Signupd, SignupdError };
