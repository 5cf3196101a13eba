## Pages and elements

request =
    .title = Mot de passe oublié ?
    .text = Saisissez votre adresse e-mail ou votre nom d’utilisateur : nous vous enverrons un lien pour choisir un nouveau mot de passe. D’ici là, votre mot de passe actuel reste valable.
    .identifier = Adresse e-mail ou nom d’utilisateur
    .identifier_missing = Saisissez votre adresse e-mail ou votre nom d’utilisateur.
    .identifier_invalid = Saisissez une seule adresse e-mail valide ou un nom d’utilisateur.
    .submit = Envoyer le lien de réinitialisation

sent =
    .title = Consultez vos e-mails
    .text = Si un compte correspond à votre saisie, un e-mail est en route vers son adresse. Ouvrez le lien contenu dans cet e-mail pour choisir un nouveau mot de passe.
    .help = Vous n’avez pas reçu l’e-mail ?
    .help_spam = Patientez quelques minutes et vérifiez votre dossier de courrier indésirable.
    .help_address = Vérifiez que votre saisie ne contient pas d’erreur. Le compte a peut-être une autre adresse e-mail.

reset =
    .title = Choisissez un nouveau mot de passe
    .signs_out = Vous serez déconnecté de tous les appareils.
    .password = Nouveau mot de passe
    .repeat = Confirmez le nouveau mot de passe
    .show = Afficher les mots de passe
    .hide = Masquer les mots de passe
    .submit = Changer le mot de passe
    .rejected = Votre mot de passe n’a pas été changé, et votre lien n’a pas été utilisé.

password =
    .length = Utilisez de { $min } à { $max }.
    .min = Utilisez au moins { $min } caractères.
    .max = Utilisez au plus { $max }.
    .characters = { $count } caractères
    .bytes = { $count } caractères (les lettres accentuées et les émojis comptent pour plusieurs)
    .advice = Évitez les mots de passe courants et votre propre nom. Le mieux est d’associer plusieurs mots sans rapport entre eux.

reason =
    .missing = Saisissez un nouveau mot de passe.
    .too_short = Ce mot de passe est trop court.
    .too_long = Ce mot de passe est trop long.
    .common = Ce mot de passe est trop courant. Choisissez-en un plus difficile à deviner.
    .personal = Ce mot de passe ressemble trop à votre nom ou à votre adresse e-mail. Choisissez-en un autre.
    .mismatch = Les mots de passe ne correspondent pas.
    .invalid_character = Ce mot de passe contient un caractère qui ne peut pas être utilisé. Choisissez-en un autre.
    .unchanged = C’est votre mot de passe actuel. Choisissez-en un autre.
    .breached = Ce mot de passe figure dans une fuite de données d’un autre site. Choisissez-en un autre.
    .other = Ce mot de passe ne peut pas être utilisé. Choisissez-en un autre.

changed =
    .signed_out = Vous avez été déconnecté de tous les appareils.
    .sign_in = Se connecter
    .sign_in_text = Vous pouvez maintenant vous connecter avec votre nouveau mot de passe.

link =
    .request_new = Demander un nouveau lien

link_missing =
    .title = Ouvrez le lien reçu par e-mail
    .text = Cette page a besoin du lien que nous vous avons envoyé par e-mail. Ouvrez-le depuis l’e-mail ou demandez-en un nouveau.

link_invalid =
    .title = Ce lien ne fonctionne pas
    .text = Le lien est incomplet ou non valide. Ouvrez-le de nouveau depuis l’e-mail et vérifiez qu’il est complet : certaines messageries coupent les longs liens.

link_expired =
    .title = Ce lien a expiré
    .text = Rien n’a été changé. Demandez un nouveau lien ou, si vous n’avez pas encore de mot de passe, adressez-vous à la personne à l’origine de votre invitation.

link_used =
    .title = Ce lien a déjà été utilisé
    .text = Un lien ne fonctionne qu’une fois, et seulement tant que votre compte ne change pas. Si vous avez déjà choisi un nouveau mot de passe, connectez-vous avec celui-ci. Si ce n’était pas vous, demandez un nouveau lien sans attendre. Si vous n’avez pas encore de mot de passe, demandez un nouveau lien à la personne à l’origine de votre invitation.

form =
    .correct = Corrigez les champs signalés ci-dessous.
    .retry = Réessayer

error =
    .link_busy = Une tentative précédente est en train de définir votre mot de passe. Attendez quelques secondes, puis envoyez de nouveau le même mot de passe.
    .unavailable = Notre service est momentanément indisponible. Rien n’a été modifié. Réessayez dans un instant.

captcha =
    .rejected = Confirmez que vous n’êtes pas un robot, puis réessayez.

## Elements

changed =
    .title = Votre nouveau mot de passe a été défini
    .text = Désormais, seul ce mot de passe fonctionne. Vous recevrez un e-mail à ce sujet.

blocked =
    .title = Votre navigateur bloque ce formulaire
    .text = Ce formulaire a besoin de WebAssembly, que les réglages de sécurité de votre navigateur désactivent. Notre page simplifiée fonctionne sans.
    .continue = Continuer sur la page simplifiée

not_set_up =
    .title = Cette page n’est pas configurée correctement
    .text = Ce n’est pas de votre faute. Réessayez plus tard. Si le problème persiste, contactez le responsable du site.

reset =
    .text = Choisissez un mot de passe que vous n’utilisez nulle part ailleurs.

link =
    .checking = Vérification de votre lien…

form =
    .wait = Veuillez patienter…

error =
    .unreachable = Notre service n’a pas répondu. Vérifiez votre connexion Internet, puis réessayez.
    .confirm_unanswered = Notre service n’a pas répondu. Votre nouveau mot de passe a peut-être été défini malgré tout. Pour en être sûr, envoyez de nouveau le même mot de passe : votre saisie est toujours là.
    .too_many_requests = Trop de demandes sont venues de votre réseau. Attendez { $time }, puis réessayez.

## Pages

page =
    .error = Erreur : { $title }
    .help = Besoin d’aide ?
    .link = Le lien fonctionne une seule fois, pendant { $lifetime }. L’e-mail vient de { $from }.
    .correct = Corrigez votre saisie et réessayez.
    .wait = Attendez { $interval } entre deux demandes : une demande plus rapprochée n’envoie pas de second e-mail.
    .limit = Tant qu’un lien que nous vous avons envoyé fonctionne, nous n’en envoyons pas plus de { $count } en { $window }.
    .account = Pour le compte de { $address }.
    .changed_title = Votre mot de passe a été changé
    .changed = Votre ancien mot de passe ne fonctionne plus. Vous recevrez un e-mail au sujet de ce changement.
    .already_changed = Votre mot de passe avait déjà été changé quand vous avez envoyé ce formulaire. Le mot de passe choisi en premier est celui qui fonctionne.
    .expired = Un lien demandé fonctionne pendant { $lifetime }.
    .busy_title = Réessayez dans un instant
    .limited_title = Trop de demandes
    .limited = Trop de demandes sont venues de votre réseau. Attendez une minute, puis réessayez.
    .captcha_script = Ce formulaire a besoin de JavaScript pour vérifier que vous n’êtes pas un robot. Activez JavaScript et rechargez cette page, ou demandez de l’aide : l’adresse se trouve en bas de cette page.
    .cookies = Si vous venez de l’ouvrir, autorisez les cookies pour cette page ou ouvrez le lien dans un autre navigateur. Le navigateur conserve un lien pendant 15 minutes.
    .foreign_title = Ce formulaire provient d’un autre site
    .foreign = Votre navigateur n’a pas confirmé que vous avez envoyé ce formulaire depuis notre page. Par sécurité, rien n’a été modifié.
    .foreign_forgot = Ouvrez notre page et réessayez depuis celle-ci.
    .foreign_reset = Ouvrez de nouveau le lien contenu dans votre e-mail. Il mène à { $url }.
    .open = Ouvrir la page
    .open_again = Ouvrir de nouveau la page
    .link_again = Ouvrez de nouveau le lien contenu dans votre e-mail
    .too_long = Le formulaire est resté ouvert trop longtemps, ou votre navigateur ne conserve pas de cookies pour cette page. Cette fois, rien n’a été modifié, et votre lien n’a pas été utilisé.
    .changed_earlier = Si une tentative précédente a confirmé votre nouveau mot de passe, connectez-vous avec celui-ci.
    .other_link = Ce navigateur n’a pas le lien de ce formulaire. Vous avez peut-être ouvert d’autres liens depuis. Rien n’a été modifié.
    .wanted_link = Ouvrez de nouveau, depuis son e-mail, le lien que vous voulez utiliser.
    .too_large_title = Le formulaire est trop volumineux
    .too_large = Votre navigateur a envoyé plus que ce formulaire ne peut contenir. Rien n’a été modifié.
    .failed_title = Cela n’a pas fonctionné
    .failed = Votre navigateur a envoyé quelque chose que cette page n’accepte pas. Rien n’a été modifié.
    .unavailable_title = La réinitialisation du mot de passe n’est pas disponible
    .unavailable = Vous ne pouvez pas réinitialiser votre mot de passe ici pour le moment. Votre mot de passe n’a pas été changé.
    .unavailable_link = Si vous avez un lien, il n’a pas été utilisé.
    .unavailable_contact = Si vous ne pouvez pas vous connecter, contactez-nous.

first =
    .title = Choisissez un mot de passe
    .password = Mot de passe
    .repeat = Confirmez le mot de passe
    .submit = Définir le mot de passe
    .rejected = Votre mot de passe n’a pas été défini, et votre lien n’a pas été utilisé.
    .missing = Saisissez un mot de passe.
    .done_title = Votre mot de passe a été défini
    .done = Vous recevrez un e-mail à ce sujet.
    .already = Votre mot de passe avait déjà été défini quand vous avez envoyé ce formulaire. Le mot de passe choisi en premier est celui qui fonctionne.
    .sign_in = Vous pouvez maintenant vous connecter avec votre mot de passe.

## Mails

mail =
    .hello = Bonjour,
    .hello_name = Bonjour { $name },

mail_reset =
    .subject = Réinitialisez votre mot de passe { $application }
    .intro = Nous avons reçu une demande de réinitialisation du mot de passe de votre compte { $application }. Pour choisir un nouveau mot de passe, ouvrez ce lien :
    .button = Choisir un nouveau mot de passe
    .copy = Ou copiez cette adresse dans votre navigateur :
    .works = Le lien fonctionne une seule fois, pendant { $lifetime }, jusqu’au { $time }.
    .next = Tant que ce lien fonctionne, il se peut que les demandes pour ce compte n’envoient pas d’autre lien avant le { $time }.
    .both = Si vous demandez un autre lien, les deux fonctionnent jusqu’à ce que l’un d’eux soit utilisé.
    .ignore = Si vous n’avez pas fait cette demande, ignorez cet e-mail. Votre mot de passe n’a pas été changé, et il ne peut pas l’être sans ce lien.

mail_invitation =
    .subject = Choisissez votre mot de passe { $application }
    .intro = Vous avez un compte { $application } qui n’a pas encore de mot de passe. Pour en choisir un, ouvrez ce lien :
    .button = Choisir un mot de passe
    .ignore = Si vous n’attendiez pas cet e-mail, ignorez-le. À lui seul, cet e-mail ne change rien.

mail_shared =
    .intro = Nous avons reçu une demande de réinitialisation d’un mot de passe { $application } pour cette adresse e-mail, que plusieurs comptes utilisent. Pour choisir un nouveau mot de passe, ouvrez le lien de votre compte :
    .account = Compte { $number }
    .account_name = Compte { $number } : { $name }
    .works = Chaque lien fonctionne une seule fois, pendant { $lifetime }, jusqu’au { $time }, et ne change que le mot de passe de son propre compte.
    .partial = D’autres comptes associés à cette adresse ont un lien dans un autre e-mail, ou en reçoivent un si vous le demandez.
    .next = Tant que ces liens fonctionnent, il se peut que les demandes pour ces comptes n’envoient pas d’autres liens avant le { $time }.
    .ignore = Si vous ne connaissez pas un compte, n’ouvrez pas son lien. Si vous n’avez pas fait cette demande, ignorez cet e-mail. Aucun mot de passe n’a été changé, et aucun ne peut l’être sans ces liens.

mail_ambiguous =
    .subject = Réinitialisation de votre mot de passe { $application }
    .intro = Nous avons reçu une demande de réinitialisation d’un mot de passe { $application } pour cette adresse e-mail. Cette adresse appartient à plusieurs comptes : nous ne savons donc pas quel mot de passe réinitialiser.
    .username = Si vous avez fait cette demande, demandez un nouveau lien avec votre nom d’utilisateur au lieu de votre adresse e-mail.
    .ignore = Si vous ne l’avez pas faite, ignorez cet e-mail. Aucun mot de passe n’a été changé.

mail_notice =
    .subject = Votre mot de passe { $application } a été changé
    .subject_unknown = Votre mot de passe { $application } a peut-être été changé
    .by_link = Le mot de passe de votre compte { $application } a été changé le { $time }, avec un lien envoyé à cette adresse e-mail.
    .signed_in = Le mot de passe de votre compte { $application } a été changé le { $time }, par une personne connectée qui a saisi le mot de passe actuel.
    .unknown_by_link = Une personne disposant d’un lien envoyé à cette adresse e-mail a tenté de changer le mot de passe de votre compte { $application } le { $time }. Nous n’avons pas pu déterminer s’il a été changé.
    .unknown_signed_in = Une personne connectée, qui a saisi le mot de passe actuel, a tenté de changer le mot de passe de votre compte { $application } le { $time }. Nous n’avons pas pu déterminer s’il a été changé.
    .several_by_link = Le mot de passe de votre compte { $application } a été changé { $count } fois, avec des liens envoyés à cette adresse e-mail :
    .several_by_link_some = Le mot de passe de votre compte { $application } a été changé au moins une fois et au plus { $count } fois, avec des liens envoyés à cette adresse e-mail :
    .several_by_link_unknown = Le mot de passe de votre compte { $application } a peut-être été changé jusqu’à { $count } fois, avec des liens envoyés à cette adresse e-mail :
    .several_signed_in = Le mot de passe de votre compte { $application } a été changé { $count } fois, par une personne connectée qui a saisi le mot de passe actuel :
    .several_signed_in_some = Le mot de passe de votre compte { $application } a été changé au moins une fois et au plus { $count } fois, par une personne connectée qui a saisi le mot de passe actuel :
    .several_signed_in_unknown = Le mot de passe de votre compte { $application } a peut-être été changé jusqu’à { $count } fois, par une personne connectée qui a saisi le mot de passe actuel :
    .network = Le changement provient du réseau { $network }.
    .network_reported = Le changement provient du réseau { $network }, d’après { $application }.
    .line_network = { $time }, depuis le réseau { $network }
    .line_reported = { $time }, depuis le réseau { $network }, d’après { $application }
    .line_unknown = { $line } (le résultat est inconnu)
    .all_signed_out = Tous les appareils ont été déconnectés.
    .may_be_signed_in = Les appareils connectés auparavant le sont peut-être encore.
    .others_signed_out = Tous les autres appareils ont été déconnectés. L’appareil utilisé pour le changement est toujours connecté.
    .others_may_be_signed_in = Les autres appareils connectés auparavant le sont peut-être encore.
    .fine = Si c’est vous qui l’avez changé, vous n’avez rien à faire.
    .secure = Si ce n’est pas vous, il se peut que quelqu’un d’autre puisse lire vos e-mails. Sécurisez d’abord votre messagerie, puis contactez-nous immédiatement :
    .known = Si ce n’est pas vous, quelqu’un d’autre connaît votre ancien mot de passe ou utilise un appareil sur lequel vous étiez connecté.
    .choose = Choisissez immédiatement un nouveau mot de passe :
    .choose_ends = Choisissez immédiatement un nouveau mot de passe, ce qui déconnecte tous les appareils :
    .contact = Contactez-nous ensuite :
    .contact_now = Contactez-nous immédiatement :

mail_first =
    .subject = Votre mot de passe { $application } a été défini
    .subject_unknown = Votre mot de passe { $application } a peut-être été défini
    .by_link = Le premier mot de passe de votre compte { $application } a été défini le { $time }, avec un lien envoyé à cette adresse e-mail.
    .unknown = Une personne disposant d’un lien envoyé à cette adresse e-mail a tenté de définir le premier mot de passe de votre compte { $application } le { $time }. Nous n’avons pas pu déterminer s’il a été défini.
    .several = Le mot de passe de votre compte { $application } a été défini ou changé { $count } fois, avec des liens envoyés à cette adresse e-mail :
    .several_some = Le mot de passe de votre compte { $application } a été défini ou changé au moins une fois et au plus { $count } fois, avec des liens envoyés à cette adresse e-mail :
    .several_unknown = Le mot de passe de votre compte { $application } a peut-être été défini ou changé jusqu’à { $count } fois, avec des liens envoyés à cette adresse e-mail :
    .fine = Si c’est vous qui l’avez défini, vous n’avez rien à faire.
    .secure = Si ce n’est pas vous, il se peut que quelqu’un d’autre puisse lire vos e-mails. Sécurisez d’abord votre messagerie, puis contactez-nous immédiatement :

## Dates and spans, by CLDR

span =
    .hours =
        { $count ->
            [one] { $count } heure
           *[other] { $count } heures
        }
    .minutes =
        { $count ->
            [one] { $count } minute
           *[other] { $count } minutes
        }
    .seconds =
        { $count ->
            [one] { $count } seconde
           *[other] { $count } secondes
        }

date =
    .months = janvier, février, mars, avril, mai, juin, juillet, août, septembre, octobre, novembre, décembre
    .long = { $day } { $month } { $year } à { $time } UTC
    .short = { $day } { $month } à { $time } UTC
