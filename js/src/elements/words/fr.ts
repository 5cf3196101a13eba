import type { Words } from "./index.js";

export const fr: Words = {
  forgot: [
    "Mot de passe oublié ?",
    "Indiquez-nous qui vous êtes : nous vous enverrons par e-mail un lien pour choisir un nouveau mot de passe. D’ici là, l’ancien reste valable.",
  ],
  identifier: "Adresse e-mail ou nom d’utilisateur",
  identifierMissing: "Saisissez votre adresse e-mail ou votre nom d’utilisateur.",
  identifierWrong: "Cette saisie n’est pas utilisable. Indiquez une seule adresse e-mail ou un nom d’utilisateur.",
  mailMe: "Recevoir un lien par e-mail",
  sent: [
    "Consultez votre messagerie",
    "Si un compte correspond à votre saisie, un e-mail est en route vers son adresse. Ouvrez-le et suivez le lien pour choisir un nouveau mot de passe.",
  ],
  notCome: ["Vous n’avez rien reçu ?", "Patientez quelques minutes et regardez aussi dans les courriers indésirables."],
  otherAddress: "Le compte a peut-être une autre adresse, ou une faute de frappe s’est glissée dans votre saisie.",
  tryAgain: "Réessayer",

  checking: "Vérification de votre lien…",
  wait: "Un instant…",
  choose: ["Choisissez un nouveau mot de passe", "Votre compte sera déconnecté de tous les appareils."],
  password: "Nouveau mot de passe",
  again: "Confirmez le mot de passe",
  rules: (fewest, longest) =>
    `${fewest ? `De ${fewest} à ${longest} de toute sorte, rien de courant ni votre propre nom.` : "Rien de courant ni votre propre nom."} Le mieux : quelques mots que personne d’autre ne réunirait.`,
  longest: (most, inBytes) => `${most} caractères${inBytes ? " (les lettres accentuées et les émojis comptent pour plusieurs)" : ""}`,
  tooShort: (fewest) => `Il est trop court. ${fewest ? `Utilisez au moins ${fewest} caractères.` : "Utilisez davantage de caractères."}`,
  tooLong: (longest) => `Il est trop long. ${longest ? `Utilisez au plus ${longest}.` : "Utilisez moins de caractères."}`,
  common: "Il fait partie de ceux que l’on essaie en premier. Choisissez-en un moins courant.",
  personal: "Il est formé à partir de votre nom ou de votre adresse. Utilisez d’autres mots.",
  mismatch: "Les deux mots de passe ne sont pas identiques. Saisissez-le encore une fois.",
  otherReason: "Il ne peut pas être utilisé. Choisissez-en un autre.",
  passwordMissing: "Saisissez un nouveau mot de passe.",
  correct: "Corrigez les champs signalés ci-dessous.",
  rejected: "Rien n’a encore été modifié, et votre lien reste valable.",
  show: "Afficher les mots de passe",
  hide: "Masquer les mots de passe",
  change: "Changer le mot de passe",
  changed: [
    "Votre mot de passe a été changé",
    "Désormais, seul le nouveau fonctionne. Le compte a été déconnecté de tous les appareils, et son titulaire en est averti par e-mail.",
  ],
  signIn: "Se connecter",
  signInNow: "Vous pouvez maintenant vous connecter avec celui-ci.",

  linkMissing: [
    "Ouvrez le lien reçu par e-mail",
    "Cette page a besoin du lien que nous vous avons envoyé. Ouvrez-le depuis l’e-mail ou demandez-en un nouveau.",
  ],
  linkInvalid: [
    "Ce lien ne fonctionne pas",
    "Il est incomplet ou ne vient pas de nous. Ouvrez de nouveau le lien de l’e-mail en veillant à ce qu’il soit entier : certaines messageries coupent les longs liens.",
  ],
  linkExpired: ["Ce lien a expiré", "Rien n’a été modifié. Demandez un nouveau lien : il arrive en quelques minutes."],
  linkUsed: [
    "Ce lien a déjà été utilisé",
    "Un lien ne fonctionne qu’une fois, et tant que rien ne change sur le compte. Si vous avez déjà choisi un nouveau mot de passe, connectez-vous avec celui-ci. Si ce n’était pas vous, demandez un nouveau lien sans attendre.",
  ],
  askForLink: "Demander un nouveau lien",

  unreachable: "Notre service n’a pas répondu. Vérifiez votre connexion, puis réessayez.",
  passwordUnanswered:
    "Notre service n’a pas répondu. Votre mot de passe a peut-être été changé malgré tout : pour en être sûr, envoyez encore une fois le même. Votre saisie est toujours là.",
  linkBusy: "Votre mot de passe est en train d’être changé par un essai précédent. Attendez quelques secondes, puis envoyez encore une fois le même mot de passe.",
  unavailable: "Un élément dont nous avons besoin ne répond pas pour le moment. Rien n’a été modifié. Réessayez dans un instant.",
  tooMany: (span) => `De nombreuses demandes sont venues de votre réseau. Attendez ${span}, puis réessayez.`,
  notSetUp: [
    "Cette page n’est pas configurée correctement",
    "Ce n’est pas de votre fait. Réessayez plus tard ; si cela ne suffit pas, prévenez les responsables du site.",
  ],
};
