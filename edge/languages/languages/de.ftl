## Pages and elements

request =
    .title = Passwort vergessen?
    .text = Geben Sie Ihre E-Mail-Adresse oder Ihren Benutzernamen ein. Wir senden Ihnen einen Link, mit dem Sie ein neues Passwort wählen. Bis dahin gilt Ihr aktuelles Passwort.
    .identifier = E-Mail-Adresse oder Benutzername
    .identifier_missing = Geben Sie Ihre E-Mail-Adresse oder Ihren Benutzernamen ein.
    .identifier_invalid = Geben Sie eine einzelne gültige E-Mail-Adresse oder einen Benutzernamen ein.
    .submit = Link zum Zurücksetzen senden

sent =
    .title = Prüfen Sie Ihren Posteingang
    .text = Wenn es zu Ihrer Eingabe ein Konto gibt, ist eine E-Mail an dessen Adresse unterwegs. Öffnen Sie den Link in dieser E-Mail, um ein neues Passwort zu wählen.
    .help = Keine E-Mail erhalten?
    .help_spam = Warten Sie einige Minuten und sehen Sie auch im Spam-Ordner nach.
    .help_address = Prüfen Sie Ihre Eingabe auf Tippfehler. Vielleicht gehört zu dem Konto eine andere E-Mail-Adresse.

reset =
    .title = Neues Passwort wählen
    .signs_out = Sie werden auf allen Geräten abgemeldet.
    .password = Neues Passwort
    .repeat = Neues Passwort bestätigen
    .show = Passwörter anzeigen
    .hide = Passwörter verbergen
    .submit = Passwort ändern
    .rejected = Ihr Passwort wurde nicht geändert, und Ihr Link wurde nicht verbraucht.

password =
    .length = Verwenden Sie { $min } bis { $max }.
    .min = Verwenden Sie mindestens { $min } Zeichen.
    .max = Verwenden Sie höchstens { $max }.
    .characters = { $count } Zeichen
    .bytes = { $count } Zeichen (Umlaute, Buchstaben mit Akzenten und Emojis zählen mehrfach)
    .advice = Vermeiden Sie gängige Passwörter und Ihren eigenen Namen. Am besten eignen sich mehrere Wörter, die nichts miteinander zu tun haben.

reason =
    .missing = Geben Sie ein neues Passwort ein.
    .too_short = Dieses Passwort ist zu kurz.
    .too_long = Dieses Passwort ist zu lang.
    .common = Dieses Passwort ist zu gängig. Wählen Sie eines, das schwerer zu erraten ist.
    .personal = Dieses Passwort ähnelt zu sehr Ihrem Namen oder Ihrer E-Mail-Adresse. Wählen Sie ein anderes.
    .mismatch = Die Passwörter stimmen nicht überein.
    .invalid_character = Dieses Passwort enthält ein Zeichen, das nicht verwendet werden kann. Wählen Sie ein anderes.
    .unchanged = Das ist Ihr bisheriges Passwort. Wählen Sie ein anderes.
    .breached = Dieses Passwort ist aus einem Datenleck einer anderen Website bekannt. Wählen Sie ein anderes.
    .other = Dieses Passwort kann nicht verwendet werden. Wählen Sie ein anderes.

changed =
    .signed_out = Sie wurden auf allen Geräten abgemeldet.
    .sign_in = Anmelden
    .sign_in_text = Sie können sich jetzt mit Ihrem neuen Passwort anmelden.

link =
    .request_new = Neuen Link anfordern

link_missing =
    .title = Öffnen Sie den Link in Ihrer E-Mail
    .text = Diese Seite benötigt den Link, den wir Ihnen per E-Mail gesendet haben. Öffnen Sie ihn aus der E-Mail oder fordern Sie einen neuen an.

link_invalid =
    .title = Dieser Link funktioniert nicht
    .text = Der Link ist unvollständig oder ungültig. Öffnen Sie ihn noch einmal aus der E-Mail und achten Sie darauf, dass er vollständig ist: Manche E-Mail-Programme trennen lange Links.

link_expired =
    .title = Dieser Link ist abgelaufen
    .text = Es wurde nichts geändert. Fordern Sie einen neuen Link an oder wenden Sie sich, wenn Sie noch kein Passwort haben, an die Stelle, die Sie eingeladen hat.

link_used =
    .title = Dieser Link wurde bereits verwendet
    .text = Ein Link funktioniert nur einmal und nur, solange sich Ihr Konto nicht ändert. Wenn Sie bereits ein neues Passwort gewählt haben, melden Sie sich damit an. Wenn Sie das nicht waren, fordern Sie jetzt einen neuen Link an. Wenn Sie noch kein Passwort haben, bitten Sie die Stelle, die Sie eingeladen hat, um einen neuen Link.

form =
    .correct = Korrigieren Sie die markierten Felder.
    .retry = Erneut versuchen

error =
    .link_busy = Ihr Passwort wird gerade durch einen früheren Versuch gespeichert. Warten Sie einige Sekunden und senden Sie dann dasselbe Passwort noch einmal ab.
    .unavailable = Unser Dienst ist vorübergehend nicht verfügbar. Es wurde nichts geändert. Versuchen Sie es gleich noch einmal.

captcha =
    .rejected = Bestätigen Sie, dass Sie kein Roboter sind, und versuchen Sie es dann noch einmal.

## Elements

changed =
    .title = Ihr neues Passwort ist festgelegt
    .text = Ab jetzt gilt nur dieses Passwort. Sie erhalten darüber eine E-Mail.

blocked =
    .title = Ihr Browser blockiert dieses Formular
    .text = Dieses Formular braucht WebAssembly, das die Sicherheitseinstellungen Ihres Browsers abschalten. Unsere einfachere Seite kommt ohne aus.
    .continue = Weiter zur einfacheren Seite

not_set_up =
    .title = Diese Seite ist nicht richtig eingerichtet
    .text = Das liegt nicht an Ihnen. Versuchen Sie es später erneut. Wenn das Problem bestehen bleibt, wenden Sie sich an den Betreiber dieser Website.

reset =
    .text = Wählen Sie ein Passwort, das Sie sonst nirgends verwenden.

link =
    .checking = Ihr Link wird geprüft …

form =
    .wait = Bitte warten …

error =
    .unreachable = Unser Dienst hat nicht geantwortet. Prüfen Sie Ihre Internetverbindung und versuchen Sie es dann erneut.
    .confirm_unanswered = Unser Dienst hat nicht geantwortet. Ihr neues Passwort wurde möglicherweise trotzdem gespeichert. Senden Sie zur Sicherheit dasselbe Passwort noch einmal ab: Ihre Eingaben sind noch da.
    .too_many_requests = Aus Ihrem Netzwerk kamen zu viele Anfragen. Warten Sie { $time } und versuchen Sie es dann erneut.

## Pages

page =
    .error = Fehler: { $title }
    .help = Brauchen Sie Hilfe?
    .link = Der Link funktioniert einmal und gilt { $lifetime }. Die E-Mail kommt von { $from }.
    .correct = Korrigieren Sie Ihre Eingabe und versuchen Sie es erneut.
    .wait = Warten Sie zwischen zwei Anfragen { $interval }: Auf eine frühere Anfrage folgt keine zweite E-Mail.
    .limit = Solange ein Link funktioniert, den wir Ihnen gesendet haben, senden wir höchstens { $count } in { $window }.
    .account = Für das Konto von { $address }.
    .changed_title = Ihr Passwort wurde geändert
    .changed = Ihr altes Passwort gilt nicht mehr. Sie erhalten eine E-Mail über diese Änderung.
    .already_changed = Ihr Passwort war bereits geändert, als Sie dieses Formular abgesendet haben. Es gilt das Passwort, das Sie zuerst gewählt haben.
    .expired = Ein angeforderter Link gilt { $lifetime }.
    .busy_title = Versuchen Sie es gleich noch einmal
    .limited_title = Zu viele Anfragen
    .limited = Aus Ihrem Netzwerk kamen zu viele Anfragen. Warten Sie eine Minute und versuchen Sie es dann erneut.
    .captcha_script = Dieses Formular braucht JavaScript, um zu prüfen, dass Sie kein Roboter sind. Schalten Sie JavaScript ein und laden Sie diese Seite neu, oder bitten Sie um Hilfe: Die Adresse steht unten auf dieser Seite.
    .cookies = Wenn Sie ihn gerade geöffnet haben, erlauben Sie Cookies für diese Seite oder öffnen Sie den Link in einem anderen Browser. Der Browser behält einen Link 15 Minuten lang.
    .foreign_title = Dieses Formular kam von einer anderen Website
    .foreign = Ihr Browser hat nicht bestätigt, dass Sie dieses Formular von unserer Seite abgesendet haben. Zur Sicherheit wurde nichts geändert.
    .foreign_forgot = Öffnen Sie unsere Seite und versuchen Sie es dort erneut.
    .foreign_reset = Öffnen Sie den Link in Ihrer E-Mail noch einmal. Er führt zu { $url }.
    .open = Seite öffnen
    .open_again = Seite erneut öffnen
    .link_again = Öffnen Sie den Link in Ihrer E-Mail noch einmal
    .too_long = Das Formular war zu lange geöffnet, oder Ihr Browser speichert für diese Seite keine Cookies. Diesmal wurde nichts geändert, und Ihr Link wurde nicht verbraucht.
    .changed_earlier = Wenn Ihnen bei einem früheren Versuch Ihr neues Passwort bestätigt wurde, melden Sie sich damit an.
    .other_link = Dieser Browser hat den Link zu diesem Formular nicht. Vielleicht haben Sie inzwischen andere Links geöffnet. Es wurde nichts geändert.
    .wanted_link = Öffnen Sie den gewünschten Link noch einmal aus seiner E-Mail.
    .too_large_title = Das Formular ist zu groß
    .too_large = Ihr Browser hat mehr gesendet, als dieses Formular enthalten kann. Es wurde nichts geändert.
    .failed_title = Das hat nicht funktioniert
    .failed = Ihr Browser hat etwas gesendet, das diese Seite nicht annimmt. Es wurde nichts geändert.
    .unavailable_title = Das Zurücksetzen von Passwörtern ist nicht verfügbar
    .unavailable = Sie können Ihr Passwort hier im Moment nicht zurücksetzen. Ihr Passwort wurde nicht geändert.
    .unavailable_link = Wenn Sie einen Link haben, wurde er nicht verbraucht.
    .unavailable_contact = Wenn Sie sich nicht anmelden können, wenden Sie sich an uns.

first =
    .title = Passwort wählen
    .password = Passwort
    .repeat = Passwort bestätigen
    .submit = Passwort speichern
    .rejected = Ihr Passwort wurde nicht gespeichert, und Ihr Link wurde nicht verbraucht.
    .missing = Geben Sie ein Passwort ein.
    .done_title = Ihr Passwort ist festgelegt
    .done = Sie erhalten darüber eine E-Mail.
    .already = Ihr Passwort war bereits festgelegt, als Sie dieses Formular abgesendet haben. Es gilt das Passwort, das Sie zuerst gewählt haben.
    .sign_in = Sie können sich jetzt mit Ihrem Passwort anmelden.

## Mails

mail =
    .hello = Guten Tag,
    .hello_name = Guten Tag { $name },

mail_reset =
    .subject = Ihr Passwort für { $application } zurücksetzen
    .intro = Wir haben eine Anfrage erhalten, das Passwort Ihres Kontos bei { $application } zurückzusetzen. Um ein neues Passwort zu wählen, öffnen Sie diesen Link:
    .button = Neues Passwort wählen
    .copy = Oder kopieren Sie diese Adresse in Ihren Browser:
    .works = Der Link funktioniert einmal und gilt { $lifetime }, bis { $time }.
    .next = Solange dieser Link funktioniert, senden wir auf Anfragen zu diesem Konto möglicherweise vor { $time } keinen weiteren Link.
    .both = Wenn Sie einen weiteren Link anfordern, funktionieren beide, bis einer davon verwendet wird.
    .ignore = Wenn Sie das nicht angefordert haben, ignorieren Sie diese E-Mail. Ihr Passwort wurde nicht geändert, und ohne diesen Link kann es nicht geändert werden.

mail_invitation =
    .subject = Wählen Sie Ihr Passwort für { $application }
    .intro = Sie haben ein Konto bei { $application }, für das es noch kein Passwort gibt. Um eines zu wählen, öffnen Sie diesen Link:
    .button = Passwort wählen
    .ignore = Wenn Sie das nicht erwartet haben, ignorieren Sie diese E-Mail. Diese E-Mail allein ändert nichts.

mail_shared =
    .intro = Wir haben eine Anfrage erhalten, ein Passwort bei { $application } für diese E-Mail-Adresse zurückzusetzen, die mehrere Konten verwenden. Um ein neues Passwort zu wählen, öffnen Sie den Link Ihres Kontos:
    .account = Konto { $number }
    .account_name = Konto { $number }: { $name }
    .works = Jeder Link funktioniert einmal, gilt { $lifetime }, bis { $time }, und ändert nur das Passwort seines eigenen Kontos.
    .partial = Andere Konten mit dieser Adresse haben einen Link in einer anderen E-Mail oder erhalten einen, wenn Sie ihn anfordern.
    .next = Solange diese Links funktionieren, senden wir auf Anfragen zu diesen Konten möglicherweise vor { $time } keine weiteren Links.
    .ignore = Wenn Sie ein Konto nicht kennen, öffnen Sie seinen Link nicht. Wenn Sie das nicht angefordert haben, ignorieren Sie diese E-Mail. Es wurde kein Passwort geändert, und ohne diese Links kann keines geändert werden.

mail_ambiguous =
    .subject = Zurücksetzen Ihres Passworts für { $application }
    .intro = Wir haben eine Anfrage erhalten, ein Passwort bei { $application } für diese E-Mail-Adresse zurückzusetzen. Diese Adresse gehört zu mehreren Konten, daher wissen wir nicht, welches Passwort gemeint ist.
    .username = Wenn die Anfrage von Ihnen kam, fordern Sie einen neuen Link mit Ihrem Benutzernamen statt mit Ihrer E-Mail-Adresse an.
    .ignore = Wenn sie nicht von Ihnen kam, ignorieren Sie diese E-Mail. Es wurde kein Passwort geändert.

mail_notice =
    .subject = Ihr Passwort für { $application } wurde geändert
    .subject_unknown = Ihr Passwort für { $application } wurde möglicherweise geändert
    .by_link = Das Passwort Ihres Kontos bei { $application } wurde am { $time } geändert, und zwar mit einem Link, der an diese E-Mail-Adresse gesendet wurde.
    .signed_in = Das Passwort Ihres Kontos bei { $application } wurde am { $time } geändert, und zwar von jemandem, der angemeldet war und das aktuelle Passwort eingegeben hat.
    .unknown_by_link = Am { $time } hat jemand mit einem Link, der an diese E-Mail-Adresse gesendet wurde, versucht, das Passwort Ihres Kontos bei { $application } zu ändern. Wir konnten nicht feststellen, ob es geändert wurde.
    .unknown_signed_in = Am { $time } hat jemand, der angemeldet war und das aktuelle Passwort eingegeben hat, versucht, das Passwort Ihres Kontos bei { $application } zu ändern. Wir konnten nicht feststellen, ob es geändert wurde.
    .several_by_link = Das Passwort Ihres Kontos bei { $application } wurde { $count }-mal geändert, und zwar mit Links, die an diese E-Mail-Adresse gesendet wurden:
    .several_by_link_some = Das Passwort Ihres Kontos bei { $application } wurde mindestens einmal und höchstens { $count }-mal geändert, und zwar mit Links, die an diese E-Mail-Adresse gesendet wurden:
    .several_by_link_unknown = Das Passwort Ihres Kontos bei { $application } wurde möglicherweise bis zu { $count }-mal geändert, und zwar mit Links, die an diese E-Mail-Adresse gesendet wurden:
    .several_signed_in = Das Passwort Ihres Kontos bei { $application } wurde { $count }-mal geändert, und zwar von jemandem, der angemeldet war und das aktuelle Passwort eingegeben hat:
    .several_signed_in_some = Das Passwort Ihres Kontos bei { $application } wurde mindestens einmal und höchstens { $count }-mal geändert, und zwar von jemandem, der angemeldet war und das aktuelle Passwort eingegeben hat:
    .several_signed_in_unknown = Das Passwort Ihres Kontos bei { $application } wurde möglicherweise bis zu { $count }-mal geändert, und zwar von jemandem, der angemeldet war und das aktuelle Passwort eingegeben hat:
    .network = Die Änderung kam aus dem Netzwerk { $network }.
    .network_reported = Die Änderung kam laut { $application } aus dem Netzwerk { $network }.
    .line_network = { $time }, aus dem Netzwerk { $network }
    .line_reported = { $time }, laut { $application } aus dem Netzwerk { $network }
    .line_unknown = { $line } (das Ergebnis ist unbekannt)
    .all_signed_out = Alle Geräte wurden abgemeldet.
    .may_be_signed_in = Geräte, die zuvor angemeldet waren, sind möglicherweise noch angemeldet.
    .others_signed_out = Alle anderen Geräte wurden abgemeldet. Das Gerät, auf dem die Änderung vorgenommen wurde, ist weiterhin angemeldet.
    .others_may_be_signed_in = Andere Geräte, die zuvor angemeldet waren, sind möglicherweise noch angemeldet.
    .fine = Wenn Sie es geändert haben, brauchen Sie nichts zu tun.
    .secure = Wenn Sie es nicht geändert haben, kann möglicherweise jemand anderes Ihre E-Mails lesen. Sichern Sie zuerst Ihr E-Mail-Konto und wenden Sie sich dann sofort an uns:
    .known = Wenn Sie es nicht geändert haben, kennt jemand anderes Ihr altes Passwort oder verwendet ein Gerät, auf dem Sie angemeldet waren.
    .choose = Wählen Sie sofort ein neues Passwort:
    .choose_ends = Wählen Sie sofort ein neues Passwort, wodurch alle Geräte abgemeldet werden:
    .contact = Wenden Sie sich danach an uns:
    .contact_now = Wenden Sie sich sofort an uns:

mail_first =
    .subject = Ihr Passwort für { $application } wurde festgelegt
    .subject_unknown = Ihr Passwort für { $application } wurde möglicherweise festgelegt
    .by_link = Das erste Passwort Ihres Kontos bei { $application } wurde am { $time } festgelegt, und zwar mit einem Link, der an diese E-Mail-Adresse gesendet wurde.
    .unknown = Am { $time } hat jemand mit einem Link, der an diese E-Mail-Adresse gesendet wurde, versucht, das erste Passwort Ihres Kontos bei { $application } festzulegen. Wir konnten nicht feststellen, ob es festgelegt wurde.
    .several = Das Passwort Ihres Kontos bei { $application } wurde { $count }-mal festgelegt oder geändert, und zwar mit Links, die an diese E-Mail-Adresse gesendet wurden:
    .several_some = Das Passwort Ihres Kontos bei { $application } wurde mindestens einmal und höchstens { $count }-mal festgelegt oder geändert, und zwar mit Links, die an diese E-Mail-Adresse gesendet wurden:
    .several_unknown = Das Passwort Ihres Kontos bei { $application } wurde möglicherweise bis zu { $count }-mal festgelegt oder geändert, und zwar mit Links, die an diese E-Mail-Adresse gesendet wurden:
    .fine = Wenn Sie es festgelegt haben, brauchen Sie nichts zu tun.
    .secure = Wenn Sie es nicht festgelegt haben, kann möglicherweise jemand anderes Ihre E-Mails lesen. Sichern Sie zuerst Ihr E-Mail-Konto und wenden Sie sich dann sofort an uns:

## Dates and spans, by CLDR

span =
    .hours =
        { $count ->
            [one] { $count } Stunde
           *[other] { $count } Stunden
        }
    .minutes =
        { $count ->
            [one] { $count } Minute
           *[other] { $count } Minuten
        }
    .seconds =
        { $count ->
            [one] { $count } Sekunde
           *[other] { $count } Sekunden
        }

date =
    .months = Januar, Februar, März, April, Mai, Juni, Juli, August, September, Oktober, November, Dezember
    .long = { $day }. { $month } { $year }, { $time } UTC
    .short = { $day }. { $month }, { $time } UTC
