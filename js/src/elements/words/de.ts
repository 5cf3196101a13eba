import type { Words } from "./index.js";

export const de: Words = {
  forgot: [
    "Passwort vergessen?",
    "Sagen Sie uns, wer Sie sind. Wir schicken Ihnen eine E-Mail mit einem Link, über den Sie ein neues Passwort wählen. Bis dahin bleibt das alte, wie es ist.",
  ],
  identifier: "E-Mail-Adresse oder Benutzername",
  identifierMissing: "Geben Sie Ihre E-Mail-Adresse oder Ihren Benutzernamen ein.",
  identifierWrong: "Diese Angabe können wir nicht verwenden. Geben Sie eine einzelne E-Mail-Adresse oder einen Benutzernamen ein.",
  mailMe: "Link per E-Mail anfordern",
  sent: [
    "Sehen Sie in Ihrem Postfach nach",
    "Wenn zu Ihrer Angabe ein Konto gehört, ist eine E-Mail an dessen Adresse unterwegs. Öffnen Sie sie und folgen Sie dem Link, um ein neues Passwort zu wählen.",
  ],
  notCome: ["Keine E-Mail bekommen?", "Warten Sie einige Minuten und sehen Sie auch im Spam-Ordner nach."],
  otherAddress: "Vielleicht gehört zu dem Konto eine andere Adresse, oder Sie haben sich vertippt.",
  tryAgain: "Noch einmal versuchen",

  checking: "Ihr Link wird geprüft …",
  wait: "Einen Moment …",
  choose: ["Neues Passwort wählen", "Ihr Konto wird dabei überall abgemeldet."],
  password: "Neues Passwort",
  again: "Neues Passwort wiederholen",
  rules: (fewest, longest) =>
    `${fewest ? `${fewest} bis ${longest} beliebiger Art, nichts Gängiges und nicht Ihr eigener Name.` : "Nichts Gängiges und nicht Ihr eigener Name."} Am besten sind einige Wörter, die nur Sie so zusammenstellen würden.`,
  longest: (most, inBytes) => `${most} Zeichen${inBytes ? " (Buchstaben mit Akzenten, Umlaute und Emoji zählen mehrfach)" : ""}`,
  tooShort: (fewest) => `Das Passwort ist zu kurz. ${fewest ? `Verwenden Sie mindestens ${fewest} Zeichen.` : "Verwenden Sie mehr Zeichen."}`,
  tooLong: (longest) => `Das Passwort ist zu lang. ${longest ? `Verwenden Sie höchstens ${longest}.` : "Verwenden Sie weniger Zeichen."}`,
  common: "Dieses Passwort gehört zu denen, die zuerst ausprobiert werden. Verwenden Sie ein selteneres.",
  personal: "Das Passwort besteht aus Ihrem Namen oder Ihrer Adresse. Verwenden Sie andere Wörter.",
  mismatch: "Die beiden Passwörter stimmen nicht überein. Geben Sie es noch einmal ein.",
  otherReason: "Dieses Passwort kann nicht verwendet werden. Wählen Sie ein anderes.",
  passwordMissing: "Geben Sie ein neues Passwort ein.",
  correct: "Korrigieren Sie die markierten Angaben.",
  rejected: "Es wurde noch nichts geändert, und Ihr Link funktioniert weiterhin.",
  show: "Passwörter anzeigen",
  hide: "Passwörter verbergen",
  change: "Passwort ändern",
  changed: ["Ihr Passwort wurde geändert", "Ab jetzt gilt nur noch das neue. Das Konto wurde überall abgemeldet, und sein Inhaber wird per E-Mail benachrichtigt."],
  signIn: "Anmelden",
  signInNow: "Sie können sich jetzt damit anmelden.",

  linkMissing: [
    "Öffnen Sie den Link in Ihrer E-Mail",
    "Diese Seite braucht den Link, den wir Ihnen geschickt haben. Öffnen Sie ihn aus der E-Mail heraus oder fordern Sie einen neuen an.",
  ],
  linkInvalid: [
    "Dieser Link funktioniert nicht",
    "Er ist unvollständig oder stammt nicht von uns. Öffnen Sie den Link in der E-Mail noch einmal und achten Sie darauf, dass er vollständig ist: Manche E-Mail-Programme trennen lange Links.",
  ],
  linkExpired: ["Dieser Link ist abgelaufen", "Es wurde nichts geändert. Fordern Sie einen neuen Link an: Er kommt innerhalb weniger Minuten."],
  linkUsed: [
    "Dieser Link wurde bereits verwendet",
    "Ein Link funktioniert nur einmal, und nur solange sich am Konto nichts ändert. Wenn Sie schon ein neues Passwort gewählt haben, melden Sie sich damit an. Wenn Sie das nicht waren, fordern Sie jetzt einen neuen Link an.",
  ],
  askForLink: "Neuen Link anfordern",

  unreachable: "Unser Dienst hat nicht geantwortet. Prüfen Sie Ihre Internetverbindung und versuchen Sie es noch einmal.",
  passwordUnanswered:
    "Unser Dienst hat nicht geantwortet. Vielleicht wurde Ihr Passwort trotzdem geändert: Schicken Sie zur Sicherheit dasselbe noch einmal ab. Ihre Eingaben sind noch da.",
  linkBusy: "Ihr Passwort wird durch einen früheren Versuch gerade geändert. Warten Sie einige Sekunden und schicken Sie dann dasselbe Passwort noch einmal ab.",
  unavailable: "Etwas, das wir brauchen, antwortet gerade nicht. Es wurde nichts geändert. Versuchen Sie es gleich noch einmal.",
  tooMany: (span) => `Aus Ihrem Netzwerk kamen sehr viele Anfragen. Warten Sie ${span} und versuchen Sie es dann noch einmal.`,
  notSetUp: [
    "Diese Seite ist nicht richtig eingerichtet",
    "Das liegt nicht an Ihnen. Versuchen Sie es später noch einmal. Wenn das nicht hilft, geben Sie bitte den Betreibern der Seite Bescheid.",
  ],
};
