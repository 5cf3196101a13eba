// `relatch-worker outbox` and `relatch-worker retry`: print the mails that wait for an account or a
// mailbox, by the calls /server/outbox and /server/retry.
import { printLine, serverCall, subjectOf } from "./server.mjs";

function print({ mails }) {
  for (const { mail, accounts, attempts, next_attempt, last_code, may_be_delivered } of mails)
    printLine(
      mail,
      `account ${accounts.join(", ")}`,
      attempts === 1 ? "1 attempt" : `${attempts} attempts`,
      `next ${next_attempt}`,
      last_code,
      may_be_delivered && "may have been delivered",
    );
  if (mails.length === 0) console.log("No mail waits.");
}

/** The command `outbox URL IDENTIFIER`, or `outbox URL --account ID`. */
export async function outbox({ account, json }, [url, identifier]) {
  const fields = subjectOf("outbox", identifier, account);
  const body = await serverCall("outbox", url, {
    path: "/server/outbox",
    scope: "operator",
    fields,
  });
  if (json) return console.log(JSON.stringify(body, null, 2));
  print(body);
}

/** The command `retry URL IDENTIFIER`, or `retry URL --account ID`. */
export async function retry({ account, json }, [url, identifier]) {
  const fields = subjectOf("retry", identifier, account);
  const body = await serverCall("retry", url, { path: "/server/retry", scope: "retry", fields });
  if (json) return console.log(JSON.stringify(body, null, 2));
  console.log(`${body.retried} ${body.retried === 1 ? "mail is" : "mails are"} attempted now.`);
  print(body);
}
