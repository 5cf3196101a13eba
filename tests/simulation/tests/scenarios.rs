//! The scenarios.

use std::time::Duration;

use crate::setup::{
    AccountChange, Alarms, Begins, Laws, MAILBOX, Mailed, OTHER_MAILBOX, Scenario, Wait,
};

const HERE: Mailed = Mailed { mailbox: MAILBOX, to: MAILBOX };
/// Another object for the same mailbox, as after a key rotation.
const ELSEWHERE: Mailed = Mailed { mailbox: "the same mailbox under an older key", to: MAILBOX };
const MOVED: Mailed = Mailed { mailbox: OTHER_MAILBOX, to: OTHER_MAILBOX };

const TWO_HOURS: Duration = Duration::from_secs(7200);

/// The times at which the rights of a claim end.
const COMMIT_TIMES: &[Wait] = &[Wait::Deadline, Wait::LeaseEnd];

/// Steps of an alarm that follow a settled claim. Other scenarios explore them.
const QUIET: &[&str] = &["mailer.send", "events.record", "mailbox.rearm"];

/// Steps of an intake's alarm, and the best effort after a link was stored. The scenarios of one
/// account explore them.
const INTAKE: &[&str] = &[
    "intake.begin",
    "intake.finish",
    "intake.rearm",
    "directory.find_accounts",
    "records.put",
    "mailbox.rearm",
];

const USE: Scenario = Scenario {
    name: "",
    begins: Begins::Mailed,
    links: &[HERE],
    life: TWO_HOURS,
    confirms: &[],
    max_concurrent: 9,
    faults: 2,
    duplicates: false,
    waits: COMMIT_TIMES,
    max_waits: 2,
    account_changes: &[],
    alarms: Alarms::Settling,
    quiet: QUIET,
    laws: Laws::OfUse,
    is_shared: false,
};

const A: &str = "the first new password";
const B: &str = "the second new password";

/// All scenarios.
pub const SCENARIOS: &[Scenario] = &[
    Scenario {
        name: "two people use one link with different passwords",
        confirms: &[("Ada", 0, A), ("Bob", 0, B)],
        ..USE
    },
    Scenario {
        name: "one person confirms twice",
        confirms: &[("Ada", 0, A), ("Ada again", 0, A)],
        ..USE
    },
    Scenario {
        name: "a message to the mailbox arrives twice",
        confirms: &[("Ada", 0, A)],
        duplicates: true,
        ..USE
    },
    Scenario {
        name: "two people use one link, and a message arrives twice",
        confirms: &[("Ada", 0, A), ("Bob", 0, B)],
        faults: 1,
        duplicates: true,
        max_waits: 1,
        ..USE
    },
    Scenario {
        name: "two links of one account in one mailbox",
        links: &[HERE, HERE],
        confirms: &[("Ada", 0, A), ("Bob", 1, B)],
        max_waits: 1,
        ..USE
    },
    Scenario {
        name: "two links of one account in two mailboxes",
        links: &[HERE, ELSEWHERE],
        confirms: &[("Ada", 0, A), ("Bob", 1, B)],
        max_waits: 1,
        ..USE
    },
    Scenario {
        name: "two links of one account whose mailbox changes",
        links: &[HERE, MOVED],
        confirms: &[("Ada", 0, A), ("Bob", 1, B)],
        max_waits: 1,
        account_changes: &[AccountChange::Email],
        ..USE
    },
    Scenario {
        name: "a confirm while the owner changes the password",
        confirms: &[("Ada", 0, A), ("Ada again", 0, A)],
        max_waits: 1,
        account_changes: &[AccountChange::Password],
        ..USE
    },
    Scenario {
        name: "a confirm while the account is disabled and its address changes",
        confirms: &[("Ada", 0, A)],
        account_changes: &[AccountChange::Disabled, AccountChange::Email, AccountChange::Password],
        ..USE
    },
    Scenario {
        name: "one person confirms twice around the link's expiry",
        life: Duration::from_secs(20),
        waits: &[Wait::Seconds(20), Wait::Seconds(10)],
        confirms: &[("Ada", 0, A), ("Ada again", 0, A)],
        ..USE
    },
    Scenario {
        name: "many replay checks of a link that was just used",
        begins: Begins::Used(A),
        confirms: &[
            ("Ada", 0, A),
            ("Ada", 0, A),
            ("Ada", 0, A),
            ("Bob", 0, B),
            ("Bob", 0, B),
            ("Bob", 0, B),
        ],
        max_concurrent: 2,
        faults: 1,
        waits: &[Wait::Seconds(599), Wait::Seconds(600)],
        max_waits: 1,
        ..USE
    },
    Scenario {
        name: "a claim whose commit crashed",
        confirms: &[("Ada", 0, A)],
        waits: &[Wait::NextAlarm],
        max_waits: 4,
        alarms: Alarms::All,
        quiet: &[],
        ..USE
    },
    Scenario {
        name: "the notice and the event of a used link are delivered",
        begins: Begins::Used(A),
        faults: 3,
        waits: &[Wait::NextAlarm],
        max_waits: 4,
        alarms: Alarms::All,
        quiet: &[],
        ..USE
    },
    Scenario {
        name: "the notice and the event of a used link are delivered while it is used again",
        begins: Begins::Used(A),
        confirms: &[("Ada", 0, A)],
        waits: &[Wait::NextAlarm],
        max_waits: 4,
        alarms: Alarms::All,
        quiet: &[],
        ..USE
    },
    Scenario {
        name: "a request becomes a mail",
        begins: Begins::Requested,
        links: &[],
        faults: 3,
        waits: &[Wait::NextAlarm],
        max_waits: 5,
        alarms: Alarms::All,
        quiet: &[],
        laws: Laws::OfDelivery,
        ..USE
    },
    Scenario {
        name: "a request becomes a mail while the account changes",
        begins: Begins::Requested,
        links: &[],
        faults: 1,
        waits: &[Wait::NextAlarm],
        max_waits: 4,
        account_changes: &[AccountChange::Password, AccountChange::Email, AccountChange::Disabled],
        alarms: Alarms::All,
        quiet: &[],
        laws: Laws::OfDelivery,
        ..USE
    },
    Scenario {
        name: "a request for a shared mailbox becomes a mail with two links",
        begins: Begins::Requested,
        links: &[],
        faults: 2,
        waits: &[Wait::NextAlarm],
        max_waits: 4,
        alarms: Alarms::All,
        quiet: INTAKE,
        laws: Laws::OfDelivery,
        is_shared: true,
        ..USE
    },
    Scenario {
        name: "a request for a shared mailbox becomes a mail while one account changes",
        begins: Begins::Requested,
        links: &[],
        faults: 1,
        waits: &[Wait::NextAlarm],
        max_waits: 3,
        account_changes: &[AccountChange::Password, AccountChange::Email, AccountChange::Disabled],
        alarms: Alarms::All,
        quiet: INTAKE,
        laws: Laws::OfDelivery,
        is_shared: true,
        ..USE
    },
];
