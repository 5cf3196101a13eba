import type { Words } from "./index.js";

export const en: Words = {
  forgot: ["Forgot your password?", "Tell us who you are, and we mail you a link to choose a new password. Until you do, the old one stays as it is."],
  identifier: "E-mail address or user name",
  identifierMissing: "Type your e-mail address or your user name.",
  identifierWrong: "This cannot be used. Type one e-mail address, or a user name.",
  mailMe: "Mail me a link",
  sent: [
    "Look at your mail",
    "If an account belongs to what you typed, a mail is on its way to its address. Open it, and follow the link to choose a new password.",
  ],
  notCome: ["Didn’t get it?", "Give it a few minutes, and look in the spam folder."],
  otherAddress: "Perhaps the account has another address, or there was a typing error.",
  tryAgain: "Try again",

  checking: "Your link is being checked…",
  wait: "One moment…",
  choose: ["Choose a new password", "Your account will be signed out everywhere."],
  password: "New password",
  again: "The same once more",
  rules: (fewest, longest) =>
    `${fewest ? `${fewest} to ${longest} of any kind, nothing common, and not your own name.` : "Nothing common, and not your own name."} A few words that only you would put together are best.`,
  longest: (most, inBytes) => `${most} characters${inBytes ? " (letters with accents and emoji count for several)" : ""}`,
  tooShort: (fewest) => `It is too short. ${fewest ? `Use at least ${fewest} characters.` : "Use more characters."}`,
  tooLong: (longest) => `It is too long. ${longest ? `Use at most ${longest}.` : "Use fewer characters."}`,
  common: "It is one of those that are tried first. Use something less common.",
  personal: "It is made of your name or address. Use other words.",
  mismatch: "The two passwords are not the same. Type it once more.",
  otherReason: "It cannot be used. Choose another one.",
  passwordMissing: "Type a new password.",
  correct: "Correct what is marked below.",
  rejected: "Nothing was changed yet, and your link still works.",
  show: "Show passwords",
  hide: "Hide passwords",
  change: "Change password",
  changed: ["Your password was changed", "From now on, only the new one works. The account is signed out everywhere, and its owner gets a mail about it."],
  signIn: "Sign in",
  signInNow: "You can sign in with it now.",

  linkMissing: ["Open the link in your mail", "This page needs the link that we mailed to you. Open it from the mail, or ask for a new one."],
  linkInvalid: [
    "This link does not work",
    "It is not complete, or it is not one of ours. Open the link in the mail again, and make sure that all of it is there: some mail programs cut long links in two.",
  ],
  linkExpired: ["This link has expired", "Nothing was changed. Ask for a new link: it arrives within a few minutes."],
  linkUsed: [
    "This link has been used",
    "A link works once, and only as long as nothing about the account changes. If you have already chosen a new password, sign in with it. If it was not you, ask for a new link now.",
  ],
  askForLink: "Ask for a new link",

  unreachable: "There was no answer from our service. Check your connection, then try again.",
  passwordUnanswered: "There was no answer from our service. Perhaps your password was changed all the same: to be sure, send the same one once more. What you typed is still there.",
  linkBusy: "Your password is being changed at this very moment, by an earlier try. Wait a few seconds, then send the same password once more.",
  unavailable: "Something that we need does not answer right now. Nothing was changed. Try again in a moment.",
  tooMany: (span) => `Many requests came from your network. Wait ${span}, then try again.`,
  notSetUp: ["This page is not set up correctly", "It is no fault of yours. Try again later; if that does not help, tell those who run it."],
};
