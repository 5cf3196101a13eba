// An SMTP server for tests: TLS from the first byte or after STARTTLS, one authentication method, and
// no mail without both. It appends each command to a record, one JSON object per line. Its settings are
// one JSON argument: see tests/src/smtp_server.rs.
import { appendFileSync, readFileSync } from "node:fs";
import { SMTPServer } from "smtp-server";

const { port, implicit, record, method, chain, key, username, password, refused } = JSON.parse(
  process.argv[2],
);
const tell = (entry) => appendFileSync(record, `${JSON.stringify(entry)}\n`);

const server = new SMTPServer({
  secure: implicit,
  cert: readFileSync(chain),
  key: readFileSync(key),
  authMethods: [method],
  onAuth(auth, session, done) {
    const right = auth.username === username && auth.password === password;
    tell({ what: "log-in", method: auth.method, right, secure: session.secure });
    if (!right) return done(new Error(`${auth.username} is not welcome`));
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
      tell({
        what: "mail",
        from: mailFrom.address,
        to: rcptTo.map(({ address }) => address).join(),
        method: session.loggedInBy,
        secure: session.secure,
      });
      done();
    });
  },
});
// A client that refuses the certificate is no fault of the server's.
server.on("error", (error) => console.error(error.message));
server.listen(port, "127.0.0.1", () => console.log("ready"));
