// A minimal SMTP server (RFC 5321) that records the link of every mail and discards the rest. It
// runs in this process, so that no other process competes for the machine's cores.
import { createServer } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";

/** Decodes quoted-printable text (RFC 2045 section 6.7) that contains only ASCII. */
const decode = (text) => {
  const character = (_, code) => String.fromCharCode(parseInt(code, 16));
  return text.replace(/=\r\n/g, "").replace(/=([0-9A-F]{2})/g, character);
};

export class Sink {
  #server;
  #waiting = new Map();
  #delay;
  #sockets = new Set();
  /** The number of mails received so far. */
  received = 0;

  /**
   * Listens on a free loopback port.
   *
   * - `delay`: milliseconds before each reply, to imitate a slow mail server
   */
  static async start({ delay = 0 } = {}) {
    const sink = new Sink();
    sink.#delay = delay;
    sink.#server = createServer((socket) => sink.#serve(socket));
    await new Promise((resolve) => sink.#server.listen({ host: "127.0.0.1", port: 0 }, resolve));
    sink.port = sink.#server.address().port;
    return sink;
  }

  async stop() {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  /** Waits for the next mail to an address. Returns its token, or `undefined` if it has none. */
  next(address) {
    return new Promise((resolve) => this.#waiting.set(address, resolve));
  }

  /** Waits until this many mails have arrived in all. Throws after `timeout` milliseconds. */
  async until(count, timeout = 60_000) {
    for (const end = Date.now() + timeout; this.received < count; await sleep(5)) {
      if (Date.now() > end) throw new Error(`${this.received} of ${count} mails arrived in time`);
    }
  }

  #serve(socket) {
    this.#sockets.add(socket);
    socket.once("close", () => this.#sockets.delete(socket));
    socket.on("error", () => {});
    socket.setEncoding("latin1");
    socket.setNoDelay(true);
    const reply = async (line) => {
      if (this.#delay > 0) await sleep(this.#delay);
      if (socket.writable) socket.write(`${line}\r\n`);
    };
    let input = "";
    let recipient;
    let inData = false;
    reply("220 sink");
    socket.on("data", (chunk) => {
      input += chunk;
      for (;;) {
        const terminator = inData ? "\r\n.\r\n" : "\r\n";
        const end = input.indexOf(terminator);
        if (end < 0) return;
        const text = input.slice(0, end);
        input = input.slice(end + terminator.length);
        if (inData) {
          inData = false;
          this.#receive(recipient, text);
          reply("250 accepted");
          continue;
        }
        const [command] = text.toUpperCase().split(/[\s:]/, 1);
        if (command === "RCPT") recipient = /<([^>]*)>/.exec(text)?.[1];
        inData = command === "DATA";
        if (inData) reply("354 send the message");
        else if (command === "QUIT") reply("221 bye").then(() => socket.end());
        else reply("250 sink");
      }
    });
  }

  #receive(recipient, mail) {
    this.received++;
    const resolve = this.#waiting.get(recipient);
    this.#waiting.delete(recipient);
    resolve?.(/[?&#]token=([\w-]{95})(?![\w-])/.exec(decode(mail))?.[1]);
  }
}
