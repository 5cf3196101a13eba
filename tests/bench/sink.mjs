// An SMTP server that takes every mail and keeps nothing but who got it and the link in it (RFC 5321, as far as a client
// goes that sends one mail on a connection). In this process, so that no inbox of its own competes for the two cores.
import { createServer } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";

/** Quoted-printable (RFC 2045 section 6.7), as far as it matters for what is looked for: ASCII. */
const decode = (text) => text.replace(/=\r\n/g, "").replace(/=([0-9A-F]{2})/g, (_, code) => String.fromCharCode(parseInt(code, 16)));

export class Sink {
  #server;
  #waiting = new Map();
  #delay;
  #sockets = new Set();
  received = 0;

  /** Listens on a free port of loopback. `delay`: milliseconds before each of its answers, as a slow mailer has. */
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

  /** The next mail to this address: the token of the link in it, or nothing for a mail without one. */
  next(address) {
    return new Promise((resolve) => this.#waiting.set(address, resolve));
  }

  /** Waits until so many mails have come in all. */
  async until(count, patience = 60_000) {
    for (const end = Date.now() + patience; this.received < count; await sleep(5))
      if (Date.now() > end) throw new Error(`the sink got ${this.received} mails of ${count}`);
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
    let text = "";
    let to;
    let inData = false;
    reply("220 sink");
    socket.on("data", (chunk) => {
      text += chunk;
      for (;;) {
        const end = text.indexOf(inData ? "\r\n.\r\n" : "\r\n");
        if (end < 0) return;
        const piece = text.slice(0, end);
        text = text.slice(end + (inData ? 5 : 2));
        if (inData) {
          inData = false;
          this.#take(to, piece);
          reply("250 taken");
          continue;
        }
        const [command] = piece.toUpperCase().split(/[\s:]/, 1);
        if (command === "RCPT") to = /<([^>]*)>/.exec(piece)?.[1];
        inData = command === "DATA";
        if (inData) reply("354 go on");
        else if (command === "QUIT") reply("221 bye").then(() => socket.end());
        else reply("250 sink");
      }
    });
  }

  #take(to, mail) {
    this.received++;
    const waiting = this.#waiting.get(to);
    this.#waiting.delete(to);
    waiting?.(/[?&#]token=([\w-]{95})(?![\w-])/.exec(decode(mail))?.[1]);
  }
}
