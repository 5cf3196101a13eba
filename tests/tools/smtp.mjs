// An SMTP server for tests. It requires TLS, from the first byte or after STARTTLS, and one
// authentication method. It appends each authentication and each mail to a record, one JSON object
// a line. Its settings are one JSON argument: see tests/src/smtp_server.rs.
import { appendFileSync, readFileSync } from "node:fs";
import { SMTPServer } from "smtp-server";

const { port, implicit, record, method, chain, key, username, password, refused } = JSON.parse(
  process.argv[2],
);
const log = (entry) => appendFileSync(record, `${JSON.stringify(entry)}\n`);

const server = new SMTPServer({
  secure: implicit,
  cert: readFileSync(chain),
  key: readFileSync(key),
  authMethods: [method],
  onAuth(auth, session, done) {
    const accepted = auth.username === username && auth.password === password;
    log({ event: "authentication", method: auth.method, accepted, secure: session.secure });
    if (!accepted) return done(new Error(`unknown credentials of ${auth.username}`));
    session.loggedInBy = auth.method;
    done(null, { user: auth.username });
  },
  onRcptTo({ address }, _session, done) {
    done(
      address.includes(refused)
        ? Object.assign(new Error(`<${address}>: no such mailbox`), { responseCode: 550 })
        : null,
    );
  },
  onData(stream, session, done) {
    stream.resume();
    stream.on("end", () => {
      const { mailFrom, rcptTo } = session.envelope;
      log({
        event: "mail",
        from: mailFrom.address,
        to: rcptTo.map(({ address }) => address).join(),
        method: session.loggedInBy,
        secure: session.secure,
      });
      done();
    });
  },
});
// A client may close the connection because it rejects the certificate. The server keeps running.
server.on("error", (error) => console.error(error.message));
server.listen(port, "127.0.0.1", () => console.log("ready"));
