//! The table of all variables. `docs/configuration.md` is generated from it.

/// One variable.
#[derive(Clone, Copy, Debug)]
pub struct Variable {
    /// Its name.
    pub name: &'static str,
    /// The heading that it is documented under.
    pub group: &'static str,
    /// Its default in words, or `required`.
    pub default: &'static str,
    /// Its meaning, as Markdown with links relative to `docs`.
    pub meaning: &'static str,
    /// Whether it is a secret, and so not in `wrangler.toml`.
    pub secret: bool,
}

const fn variable(
    group: &'static str,
    name: &'static str,
    default: &'static str,
    meaning: &'static str,
) -> Variable {
    Variable { name, group, default, meaning, secret: false }
}

const fn secret(
    group: &'static str,
    name: &'static str,
    default: &'static str,
    meaning: &'static str,
) -> Variable {
    Variable { name, group, default, meaning, secret: true }
}

const KEYS: &str = "Keys";
const URLS: &str = "URLs and surfaces";
const MAIL: &str = "Mail";
const ACCOUNTS: &str = "Accounts and links";
const PASSWORDS: &str = "Passwords";
const CAPTCHA: &str = "Captcha";
const DIRECTORY: &str = "Directory";
const WEBHOOKS: &str = "Webhooks";

/// Every variable, in the order of the documentation.
pub const VARIABLES: &[Variable] = &[
    secret(
        KEYS,
        "RELATCH_KEYS",
        "required",
        "The keys of the links, newest first: `id:base64,id:base64`. Ids are 0 to \
         255, and each key has at least 32 random bytes, as from `openssl rand -base64 \
         32`. The first key signs, all verify. See [key \
         rotation](operations.md#rotate-the-keys)",
    ),
    variable(
        KEYS,
        "APPLICATION_KEYS",
        "none",
        "Hashes of up to two [server keys](server-api.md#server-keys): `label:sha256` \
         or `label:sha256:scope+scope`, separated by commas",
    ),
    variable(
        URLS,
        "APPLICATIONS",
        "none",
        "Ids of [further applications](applications.md), separated by commas",
    ),
    variable(
        URLS,
        "DIALECTS",
        "none",
        "Surfaces for clients of other systems, separated by commas: \
         [`rest`](migrating/rest.md), [`flask`](migrating/flask.md), \
         [`cloudcms`](migrating/cloud-cms.md)",
    ),
    variable(
        URLS,
        "OPERATOR_PAGE",
        "false",
        "Whether the [operator's page](operator.md#the-operators-page) exists: `true` or `false`",
    ),
    variable(
        URLS,
        "GALLERY",
        "false",
        "Whether the [gallery](pages.md#the-gallery) of mails and pages exists: `true` or `false`. \
         `true` only on loopback",
    ),
    variable(
        URLS,
        "PUBLIC_URL",
        "required",
        "The origin at which the Worker is reached: https, or http on localhost. No \
         path",
    ),
    variable(
        URLS,
        "LINK_URL",
        "`{PUBLIC_URL}/password/reset?token={token}`",
        "The mailed link. It contains `{token}` exactly once, after the host. For [a \
         page of your own](pages.md#a-page-of-your-own), put it into the fragment: \
         `https://app.example.com/reset#token={token}`",
    ),
    variable(
        URLS,
        "LOGIN_URL",
        "none",
        "Where people sign in, for the link on the page after a reset: https, or \
         http on localhost",
    ),
    variable(
        URLS,
        "ALLOWED_ORIGINS",
        "none",
        "Further origins whose pages may call the API, separated by commas: of https, \
         of http on localhost, or of the scheme of an app or extension. See [apps \
         and extensions](pages.md#apps-and-extensions)",
    ),
    variable(
        URLS,
        "SESSION_COOKIE",
        "none",
        "The cookie that holds your application's session, for [password \
         changes](http-api.md#change-a-password-while-signed-in) from pages. Without \
         it, only bearer tokens are accepted",
    ),
    variable(
        MAIL,
        "APPLICATION_NAME",
        "Relatch",
        "The name of the application in mails and on pages",
    ),
    variable(
        MAIL,
        "BRAND_COLOR",
        "`#1a4fd0,#8db2ff`",
        "The [color](looks.md#the-color) of the buttons: one, or two, for the light and the dark scheme. Each has \
         a contrast of at least 3:1 to the background of its scheme, `#ffffff` and `#1a212b`; the \
         text on it is black or white",
    ),
    variable(
        MAIL,
        "LOGO_URL",
        "none",
        "The [logo](looks.md#the-logo-and-the-page) in mails: a PNG, JPEG, GIF or WebP image at an https URL, or http on \
         localhost",
    ),
    variable(
        MAIL,
        "PRODUCT_URL",
        "none",
        "The page of the application to which its name and logo link: https, or http on localhost",
    ),
    variable(
        MAIL,
        "DEFAULT_LANGUAGE",
        "en",
        "The language of mails and pages if neither the account nor the request names one with \
         [texts](languages.md): one of its tags",
    ),
    variable(MAIL, "MAIL_FROM", "required", "The sender: an address, or `Name <address>`"),
    variable(
        MAIL,
        "MAIL_SENDERS",
        "none",
        "Further senders, separated by commas, for mails that a server caller \
         defines",
    ),
    variable(
        MAIL,
        "REPLY_TO",
        "the sender",
        "Where replies to mails go: an address, or `Name <address>`",
    ),
    variable(
        MAIL,
        "RESET_MAIL_SUBJECT",
        "the built-in subject",
        "Subject of the mail with a link, in [your own \
         words](mail.md#your-own-texts). Needs `RESET_MAIL_BODY`",
    ),
    variable(
        MAIL,
        "RESET_MAIL_BODY",
        "the built-in mail",
        "HTML of the mail with a link, in [your own words](mail.md#your-own-texts). The \
         link may be in text and in the `href` of an `<a>`",
    ),
    variable(
        MAIL,
        "RESET_MAIL_TEXT",
        "the built-in text",
        "Plain text of the mail with a link, in [your own words](mail.md#your-own-texts). Needs \
         `RESET_MAIL_BODY`",
    ),
    variable(
        MAIL,
        "NOTICE_MAIL_SUBJECT",
        "the built-in subject",
        "Subject of the notice, in [your own words](mail.md#your-own-texts). Needs \
         `NOTICE_MAIL_BODY`",
    ),
    variable(
        MAIL,
        "NOTICE_MAIL_BODY",
        "the built-in mail",
        "HTML of the notice, in [your own words](mail.md#your-own-texts)",
    ),
    variable(
        MAIL,
        "NOTICE_MAIL_TEXT",
        "the built-in text",
        "Plain text of the notice, in [your own words](mail.md#your-own-texts). Needs \
         `NOTICE_MAIL_BODY`",
    ),
    variable(
        MAIL,
        "MAIL_PROVIDER",
        "smtp",
        "`smtp`, the server below; `cloudflare`, the binding `EMAIL` ([mail](mail.md)); or \
         `resend`, `postmark`, `ses`, `mailgun`, `sendgrid` or `brevo`, by [their HTTP \
         APIs](mail-providers.md)",
    ),
    variable(MAIL, "MAIL_SERVER", "required for smtp", "Host name of the SMTP server"),
    variable(MAIL, "MAIL_PORT", "587", "Port of the SMTP server. Workers cannot reach port 25"),
    variable(
        MAIL,
        "MAIL_SECURITY",
        "by port",
        "`tls`: TLS from the first byte. `starttls`: TLS before anything is sent, or \
         no mail. `none`. The default is `tls` on 465; otherwise `starttls`; but \
         `none` for a server on localhost on another port than 465 and 587. In a \
         public deployment, `none` is refused for every other server",
    ),
    variable(MAIL, "MAIL_USERNAME", "none", "User name at the SMTP server"),
    secret(
        MAIL,
        "MAIL_PASSWORD",
        "none",
        "Password at the SMTP server. Without it there is no authentication. It is \
         refused with `MAIL_SECURITY` `none`, except for a server on localhost",
    ),
    secret(
        MAIL,
        "MAIL_API_KEY",
        "required for an HTTP API",
        "Key of the [HTTP API](mail-providers.md) of the mail provider. For `ses` it is \
         `id:secret`, an access key that may send mail",
    ),
    variable(
        MAIL,
        "MAIL_REGION",
        "required for ses; us",
        "Region of the mail provider: for `ses` one of AWS, such as `eu-central-1`; for `mailgun` \
         and `sendgrid` `us` or `eu`",
    ),
    variable(
        MAIL,
        "MAIL_DOMAIN",
        "domain of `MAIL_FROM`",
        "The sending domain in the account with `mailgun`",
    ),
    variable(
        MAIL,
        "MAIL_ENDPOINT",
        "that of the provider",
        "Origin of a test server that speaks the HTTP API of the mail provider. It and \
         `PUBLIC_URL` must be on loopback",
    ),
    secret(
        MAIL,
        "MAIL_WEBHOOK_SECRET",
        "none",
        "Authenticates [reports of bounces](mail-providers.md#bounces-and-complaints): the signing \
         secret of the mail provider, or at least 32 random characters that it sends. Without it \
         the call does not exist",
    ),
    variable(
        MAIL,
        "MAIL_WEBHOOK_TOPIC",
        "required for ses",
        "The topic of Amazon SNS that reports come from, if `MAIL_WEBHOOK_SECRET` is set: its ARN",
    ),
    variable(
        MAIL,
        "CONTACT",
        "required",
        "Where people get help: an e-mail address or an https URL. Shown in mails \
         and on pages",
    ),
    variable(
        ACCOUNTS,
        "RESET_ENABLED",
        "true",
        "Whether passwords can be reset: `true` or `false`. See [switch resets \
         off](operations.md#switch-resets-off)",
    ),
    variable(
        ACCOUNTS,
        "REQUIRE_VERIFIED",
        "false",
        "Whether only accounts whose `verified` is 1 can reset by mail: `true` or `false`. See \
         [unverified accounts](directories.md#unverified-accounts)",
    ),
    variable(
        ACCOUNTS,
        "ALLOW_ADMINS",
        "false",
        "Whether accounts with the role `admin` can reset by mail: `true` or `false`",
    ),
    variable(
        ACCOUNTS,
        "SHARED_MAILBOX",
        "`ambiguous`, or `links` without user names",
        "The mail to a mailbox that several accounts share: `ambiguous`, which asks for the user \
         name, or `links`, with a link for each account. Accounts that no user name tells apart \
         get links in any case, so `ambiguous` is refused where \
         `DIRECTORY_FIND_BY_USERNAME` is `none`. See [accounts that share a \
         mailbox](directories.md#accounts-that-share-a-mailbox)",
    ),
    variable(ACCOUNTS, "LINK_LIFETIME_MINUTES", "120", "Lifetime of a link: 30 to 1440"),
    variable(
        ACCOUNTS,
        "REQUEST_DELAY_SECONDS",
        "1-5",
        "The random delay between a request and its lookup, shortest and longest: \
         whole numbers up to 60, at least 2 apart. Only on localhost also less apart, \
         or `0`",
    ),
    variable(
        ACCOUNTS,
        "REQUEST_INTERVAL_SECONDS",
        "60",
        "Minimum time between two requested links to one mailbox: 1 up to the lifetime \
         of a link; 0 only on loopback. If its account has no usable link, at most 60 \
         seconds apply",
    ),
    variable(
        ACCOUNTS,
        "REQUESTS_PER_WINDOW",
        "3",
        "Maximum of reset mails to one mailbox in the window: 1 to 20; up to 1000 on \
         loopback",
    ),
    variable(ACCOUNTS, "REQUEST_WINDOW_MINUTES", "30", "Length of the window: 1 to 1440"),
    variable(
        ACCOUNTS,
        "REQUESTS_PER_DAY",
        "10",
        "Maximum of reset mails to one mailbox in 24 hours: 1 to 100; up to 1000 on \
         loopback",
    ),
    variable(
        ACCOUNTS,
        "BRAKE_REQUESTS_PER_MINUTE",
        "none",
        "Accepted requests of all visitors in a minute above which mails wait: 10 to \
         100000; from 1 on loopback. See [the brake](operations.md#the-brake)",
    ),
    variable(
        ACCOUNTS,
        "EVENTS_DAYS",
        "90",
        "The days for which [events](events.md) are kept: 1 to 3650",
    ),
    secret(
        WEBHOOKS,
        "WEBHOOK_URLS",
        "none",
        "Endpoints that get [events](webhooks.md): `name:https://…`, up to 5, separated by commas. \
         No user name or password in the URL, no private address, and http only on loopback where \
         `PUBLIC_URL` is",
    ),
    secret(
        WEBHOOKS,
        "WEBHOOK_SECRETS",
        "required with endpoints",
        "The secret that signs what an endpoint gets: `name:whsec_…`, with 24 to 64 random bytes in \
         base64, separated by commas. Two of one name while [one replaces the \
         other](webhooks.md#rotate-a-secret)",
    ),
    variable(
        WEBHOOKS,
        "WEBHOOK_EVENTS",
        "all events",
        "The events that an endpoint gets: `name:event+event`, separated by commas. `link_*` are all \
         whose names begin with `link_`",
    ),
    variable(PASSWORDS, "PASSWORD_MIN_LENGTH", "15", "Minimum length in code points: 8 to 64"),
    variable(PASSWORDS, "PASSWORD_MAX_LENGTH", "128", "Maximum length in code points: 64 to 512"),
    variable(
        PASSWORDS,
        "PASSWORD_HASH",
        "argon2id",
        "The format of new hashes: `argon2id`, `bcrypt`, `scrypt`, `better-auth` or \
         `pbkdf2`. [All are verified](directories.md#password-hashes)",
    ),
    variable(PASSWORDS, "ARGON2_MEMORY_KIB", "19456", "Memory of Argon2id in KiB: 7168 to 65536"),
    variable(
        PASSWORDS,
        "ARGON2_ITERATIONS",
        "2",
        "Passes of Argon2id: 1 to 10. In a public deployment at least 1 with 47104 KiB, 2 \
         with 19456, 3 with 12288, 4 with 9216, 5 with 7168 (OWASP)",
    ),
    variable(PASSWORDS, "ARGON2_PARALLELISM", "1", "Lanes of Argon2id: 1 to 4"),
    variable(PASSWORDS, "BCRYPT_COST", "12", "Cost of bcrypt: 10 to 14"),
    variable(PASSWORDS, "SCRYPT_LOG_N", "15", "Cost of scrypt, the logarithm of N: 13 to 16"),
    variable(
        PASSWORDS,
        "PBKDF2_ITERATIONS",
        "600000",
        "Iterations of PBKDF2: 600000 to 2000000; 100000 only on loopback",
    ),
    variable(
        PASSWORDS,
        "BREACHED_PASSWORDS",
        "off",
        "Whether new passwords are compared with those of [known \
         breaches](abuse.md#breached-passwords): `off`, `on` (Pwned Passwords), or the URL of a \
         service with the same protocol",
    ),
    variable(
        CAPTCHA,
        "CAPTCHA_PROVIDER",
        "none",
        "The [captcha](abuse.md#captcha) that requests need: `none`, `turnstile`, `hcaptcha` or \
         `recaptcha`",
    ),
    variable(CAPTCHA, "CAPTCHA_SITE_KEY", "required for a captcha", "Site key of the widget"),
    secret(
        CAPTCHA,
        "CAPTCHA_SECRET",
        "required for a captcha",
        "Secret of the widget. In a public deployment, the published secrets for tests are refused",
    ),
    variable(
        CAPTCHA,
        "CAPTCHA_VERIFY_URL",
        "that of the provider",
        "The URL that verifies tokens, where the one of the provider cannot be reached",
    ),
    variable(DIRECTORY, "DIRECTORY_DATABASE", "DB", "The binding of the accounts' database"),
    variable(
        DIRECTORY,
        "DIRECTORY_FIND_BY_EMAIL",
        "built-in SQL",
        "Selects the accounts with an e-mail address. Set this and the next four, or \
         none of them",
    ),
    variable(
        DIRECTORY,
        "DIRECTORY_FIND_BY_USERNAME",
        "built-in SQL",
        "Selects the accounts with a user name, or `none`",
    ),
    variable(DIRECTORY, "DIRECTORY_ACCOUNT", "built-in SQL", "Selects the account with an id"),
    variable(
        DIRECTORY,
        "DIRECTORY_SET_PASSWORD",
        "built-in SQL",
        "Sets a password hash if the account is unchanged and the deadline has not \
         passed",
    ),
    variable(
        DIRECTORY,
        "DIRECTORY_REVOKE_SESSIONS",
        "built-in SQL",
        "Ends the account's sessions if the new hash was set, or `none`",
    ),
    variable(
        DIRECTORY,
        "DIRECTORY_ANY",
        "built-in SQL",
        "Selects a row if any account can reset, for `GET /server/status`. Optional \
         with your own tables",
    ),
    variable(
        DIRECTORY,
        "DIRECTORY_SESSION",
        "built-in SQL",
        "Selects the session of a token, for `POST /password/change`. Set this and \
         the next one, or neither; with your own tables and neither of them, that \
         call answers 404",
    ),
    variable(
        DIRECTORY,
        "DIRECTORY_REVOKE_OTHER_SESSIONS",
        "built-in SQL",
        "Ends the account's other sessions if the new hash was set, or `none`",
    ),
];
