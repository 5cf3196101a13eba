// Clauses of the protocol, each with the edit that removes it and the scenario in which the
// simulation must then find a violated law. `from` must occur exactly once in the file, so that a
// change of the source that this list does not follow fails the run.
//
// - `clause`: the rule that the edit removes
// - `file`, `from`, `to`: the edit
// - `scenario`: the name of the simulation's scenario
export const clauses = [
  {
    clause: "the claim is stored together with the job that settles it",
    file: "edge/domain/src/claims/mod.rs",
    from: "self.outbox.add(settle_id(&commit.permit), settle.into(), now, lease_ends);",
    to: "let _forgotten = (settle, lease_ends);",
    scenario: "a claim whose commit crashed",
  },
  {
    clause: "a read is conclusive only for claims whose lease ended before the read began",
    file: "edge/domain/src/claims/settle.rs",
    from: "claim.is_pending() && claim.lease_ends <= snapshot.read_began",
    to: "claim.is_pending()",
    scenario: "one person confirms twice around the link's expiry",
  },
  {
    clause: "a write that ends with an error does not release its claim",
    file: "edge/domain/src/jobs/commit.rs",
    from: "        match directory.set_password(write).await? {",
    to: `        let written = directory.set_password(write).await;
        if written.is_err() {
            let snapshot = self.snapshot(&account).await?;
            let step = self.step();
            let change = |state: &mut S::State| {
                state.claims_mut().reconcile_no_write(&commit.permit, &version, &snapshot, step)
            };
            return self.store.change(change).await;
        }
        match written? {`,
    scenario: "one person confirms twice around the link's expiry",
  },
  {
    clause: "no write takes effect after its deadline",
    file: "edge/memory/src/ports.rs",
    from: "Some(account) if self.time() < deadline => {",
    to: "Some(account) if self.time() < deadline || self.time() >= deadline => {",
    scenario: "one person confirms twice around the link's expiry",
  },
  {
    clause: "an attempt of the replay check is counted before the password is verified",
    file: "edge/domain/src/claims/replay.rs",
    from: "*replay_checks = replay_checks.saturating_add(1);",
    to: "*replay_checks = replay_checks.saturating_add(0);",
    scenario: "many replay checks of a link that was just used",
  },
  {
    clause: "a replay with another password is rejected as a used link",
    file: "edge/domain/src/use_cases/confirm.rs",
    from: "Ok(false) => Err(Code::LinkUsed.into()),",
    to: "Ok(false) => Ok(()),",
    scenario: "two people use one link with different passwords",
  },
  {
    clause: "a mailbox accepts each request once",
    file: "edge/domain/src/mailbox/enqueue.rs",
    from: "if self.limits.contains(&mail.request) {\n            return EnqueueOutcome::Queued;\n        }",
    to: "",
    scenario: "a request becomes a mail",
  },
  {
    clause: "the first attempt at a mail fixes the link's fingerprint",
    file: "edge/domain/src/mailbox/start.rs",
    from: "if let Some(link) = self.claims.permits.iter().find(|link| link.id == *id) {\n            link.record == *record",
    to: "if let Some(link) = self.claims.permits.iter_mut().find(|link| link.id == *id) {\n            link.record = record.clone();\n            true",
    scenario: "a request becomes a mail while the account changes",
  },
  {
    clause: "a request is deleted only after its mailbox accepted it",
    file: "edge/domain/src/jobs/lookup.rs",
    from: "        dispatch(service, job, not_before).await\n    };",
    to: "        dispatch(service, job, not_before).await.or_else(|_| Ok::<_, Outage>(Vec::new()))\n    };",
    scenario: "a request becomes a mail",
  },
  {
    clause: "a link is mailed as an exception while its account has no usable link",
    file: "edge/domain/src/mailbox/decide.rs",
    from: "_ => Ok(GrantReason::Exception { given_back: false }),",
    to: "_ => Err(ordinary_at),",
    scenario: "an owner can reset while a stranger makes a request every minute",
  },
  {
    clause: "an exceptional grant is given back when its link ends",
    file: "edge/domain/src/mailbox/decide.rs",
    from: "if links.exception_ended && given_back < MAX_GIVEN_BACK {",
    to: "if links.exception_ended && given_back < MAX_GIVEN_BACK && false {",
    scenario: "an owner can reset after any four actions",
  },
  {
    clause: "a grant is given back at least four times in 24 hours",
    file: "edge/domain/src/mailbox/decide.rs",
    from: "const MAX_GIVEN_BACK: usize = 4;",
    to: "const MAX_GIVEN_BACK: usize = 1;",
    scenario: "an owner can reset after several links in a row have ended",
  },
  {
    clause: "a link for another fingerprint is not usable",
    file: "edge/domain/src/claims/permit.rs",
    from: "!self.used && self.record.fingerprint == *fingerprint",
    to: "!self.used && (self.record.fingerprint == *fingerprint || true)",
    scenario: "an owner can reset after any four actions",
  },
  {
    clause: "a link whose mail failed is not usable",
    file: "edge/domain/src/mailbox/enqueue.rs",
    from: "                && !self.limits.has_failed(&link.id)\n        });",
    to: "        });",
    scenario: "an owner can reset after any four actions",
  },
  {
    clause: "a mail whose job was revoked ends its grant",
    file: "edge/domain/src/mailbox/enqueue.rs",
    from: "None => !self.has_job(&grant.job),",
    to: "None => self.has_job(&grant.job),",
    scenario: "an owner can reset after any four actions",
  },
  {
    clause: "an interval of more than a minute does not hold for exceptions",
    file: "edge/domain/src/mailbox/decide.rs",
    from: "self.last_mail_left(rules.limits.interval.min(MAX_INTERVAL), rules.now)",
    to: "self.last_mail_left(rules.limits.interval, rules.now)",
    scenario: "an owner can reset in spite of a long interval",
  },
  {
    clause: "accounts that share a mailbox have exceptional links of their own",
    file: "edge/domain/src/mailbox/decide.rs",
    from: "of_account().count() >= MAX_EXCEPTIONS",
    to: "exceptions().count() >= MAX_EXCEPTIONS",
    scenario: "an owner can reset while a stranger who shares the mailbox ends links",
  },
  {
    clause: "a mail that may be delivered is not sent again with other links",
    file: "edge/domain/src/mailbox/start.rs",
    from: "start.has_changed = shared.started != count;",
    to: "shared.started = count;",
    scenario: "a request for a shared mailbox becomes a mail while one account changes",
  },
];
