import type { Words } from "./index.js";

export const es: Words = {
  forgot: [
    "¿Ha olvidado su contraseña?",
    "Díganos quién es y le enviaremos por correo un enlace para elegir una nueva contraseña. Hasta entonces, la actual no cambia.",
  ],
  identifier: "Correo electrónico o nombre de usuario",
  identifierMissing: "Escriba su correo electrónico o su nombre de usuario.",
  identifierWrong: "Este dato no se puede usar. Escriba una sola dirección de correo o un nombre de usuario.",
  mailMe: "Enviarme un enlace",
  sent: [
    "Revise su correo",
    "Si hay una cuenta que corresponde a lo que ha escrito, hay un mensaje en camino a su dirección. Ábralo y siga el enlace para elegir una nueva contraseña.",
  ],
  notCome: ["¿No le ha llegado?", "Espere unos minutos y mire también en la carpeta de correo no deseado."],
  otherAddress: "Quizá la cuenta tenga otra dirección, o haya un error en lo que escribió.",
  tryAgain: "Volver a intentarlo",

  checking: "Comprobando su enlace…",
  wait: "Un momento…",
  choose: ["Elija una nueva contraseña", "Se cerrará la sesión de su cuenta en todos los dispositivos."],
  password: "Nueva contraseña",
  again: "Repita la contraseña",
  rules: (fewest, longest) =>
    `${fewest ? `De ${fewest} a ${longest} de cualquier tipo, nada común ni su propio nombre.` : "Nada común ni su propio nombre."} Lo mejor son unas cuantas palabras que solo usted juntaría.`,
  longest: (most, inBytes) => `${most} caracteres${inBytes ? " (las letras con tilde y los emojis cuentan como varios)" : ""}`,
  tooShort: (fewest) => `Es demasiado corta. ${fewest ? `Use al menos ${fewest} caracteres.` : "Use más caracteres."}`,
  tooLong: (longest) => `Es demasiado larga. ${longest ? `Use como máximo ${longest}.` : "Use menos caracteres."}`,
  common: "Es una de las que se prueban primero. Use algo menos común.",
  personal: "Está formada con su nombre o su dirección. Use otras palabras.",
  mismatch: "Las dos contraseñas no coinciden. Escríbala otra vez.",
  otherReason: "No se puede usar. Elija otra.",
  passwordMissing: "Escriba una nueva contraseña.",
  correct: "Corrija lo que está señalado a continuación.",
  rejected: "Todavía no se ha cambiado nada, y su enlace sigue siendo válido.",
  show: "Mostrar contraseñas",
  hide: "Ocultar contraseñas",
  change: "Cambiar contraseña",
  changed: [
    "Su contraseña se ha cambiado",
    "A partir de ahora solo funciona la nueva. Se ha cerrado la sesión de la cuenta en todos los dispositivos y se avisará por correo a su titular.",
  ],
  signIn: "Iniciar sesión",
  signInNow: "Ya puede iniciar sesión con ella.",

  linkMissing: ["Abra el enlace de su correo", "Esta página necesita el enlace que le enviamos. Ábralo desde el correo o solicite uno nuevo."],
  linkInvalid: [
    "Este enlace no funciona",
    "Está incompleto o no es nuestro. Vuelva a abrir el enlace del correo y asegúrese de que está entero: algunos programas de correo cortan los enlaces largos.",
  ],
  linkExpired: ["Este enlace ha caducado", "No se ha cambiado nada. Solicite un nuevo enlace: llega en pocos minutos."],
  linkUsed: [
    "Este enlace ya se ha utilizado",
    "Un enlace funciona una sola vez y solo mientras no cambie nada en la cuenta. Si ya ha elegido una nueva contraseña, inicie sesión con ella. Si no ha sido usted, solicite ahora un nuevo enlace.",
  ],
  askForLink: "Solicitar un nuevo enlace",

  unreachable: "Nuestro servicio no ha respondido. Compruebe su conexión y vuelva a intentarlo.",
  passwordUnanswered:
    "Nuestro servicio no ha respondido. Quizá su contraseña se haya cambiado de todos modos: para mayor seguridad, envíe la misma otra vez. Lo que ha escrito sigue ahí.",
  linkBusy: "Un intento anterior está cambiando su contraseña en este momento. Espere unos segundos y envíe la misma contraseña otra vez.",
  unavailable: "Algo que necesitamos no responde en este momento. No se ha cambiado nada. Vuelva a intentarlo dentro de un momento.",
  tooMany: (span) => `Han llegado muchas solicitudes desde su red. Espere ${span} y vuelva a intentarlo.`,
  notSetUp: [
    "Esta página no está bien configurada",
    "No es culpa suya. Vuelva a intentarlo más tarde y, si eso no ayuda, avise a los responsables del sitio.",
  ],
};
