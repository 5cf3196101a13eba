## Pages and elements

request =
    .title = Ha dimenticato la password?
    .text = Inserisca il Suo indirizzo e-mail o nome utente e Le invieremo un link per scegliere una nuova password. Fino ad allora, la password attuale resta valida.
    .identifier = Indirizzo e-mail o nome utente
    .identifier_missing = Inserisca il Suo indirizzo e-mail o nome utente.
    .identifier_invalid = Inserisca un solo indirizzo e-mail valido o un nome utente.
    .submit = Invia link di reimpostazione

sent =
    .title = Controlli la Sua e-mail
    .text = Se un account corrisponde ai dati inseriti, un’e-mail è in arrivo al suo indirizzo. Apra il link contenuto nell’e-mail per scegliere una nuova password.
    .help = Non ha ricevuto l’e-mail?
    .help_spam = Attenda qualche minuto e controlli la cartella della posta indesiderata.
    .help_address = Verifichi che i dati inseriti non contengano errori. L’account potrebbe avere un altro indirizzo e-mail.

reset =
    .title = Scelga una nuova password
    .signs_out = Verrà disconnesso da tutti i dispositivi.
    .password = Nuova password
    .repeat = Conferma nuova password
    .show = Mostra le password
    .hide = Nascondi le password
    .submit = Cambia password
    .rejected = La password non è stata cambiata e il link non è stato utilizzato.

password =
    .length = Usi da { $min } a { $max }.
    .min = Usi almeno { $min } caratteri.
    .max = Usi al massimo { $max }.
    .characters = { $count } caratteri
    .bytes = { $count } caratteri (le lettere accentate e le emoji valgono più di uno)
    .advice = Eviti le password comuni e il Suo nome. La scelta migliore sono più parole senza relazione tra loro.

reason =
    .missing = Inserisca una nuova password.
    .too_short = Questa password è troppo corta.
    .too_long = Questa password è troppo lunga.
    .common = Questa password è troppo comune. Ne scelga una più difficile da indovinare.
    .personal = Questa password è troppo simile al Suo nome o indirizzo e-mail. Ne scelga un’altra.
    .mismatch = Le password non coincidono.
    .invalid_character = Questa password contiene un carattere che non può essere usato. Ne scelga un’altra.
    .unchanged = Questa è la Sua password attuale. Ne scelga un’altra.
    .breached = Questa password compare in una violazione di dati di un altro sito. Ne scelga un’altra.
    .other = Questa password non può essere usata. Ne scelga un’altra.

changed =
    .signed_out = È stato disconnesso da tutti i dispositivi.
    .sign_in = Accedi
    .sign_in_text = Ora può accedere con la nuova password.

link =
    .request_new = Richiedi un nuovo link

link_missing =
    .title = Apra il link ricevuto per e-mail
    .text = Questa pagina ha bisogno del link che Le abbiamo inviato per e-mail. Lo apra dall’e-mail o ne richieda uno nuovo.

link_invalid =
    .title = Questo link non funziona
    .text = Il link è incompleto o non valido. Lo apra di nuovo dall’e-mail e verifichi che sia completo: alcuni programmi di posta spezzano i link lunghi.

link_expired =
    .title = Questo link è scaduto
    .text = Non è stato cambiato nulla. Richieda un nuovo link o, se non ha ancora una password, lo chieda a chi L’ha invitata.

link_used =
    .title = Questo link è già stato utilizzato
    .text = Un link funziona una sola volta e solo finché il Suo account non cambia. Se ha già scelto una nuova password, acceda con quella. Se non è stato Lei, richieda subito un nuovo link. Se non ha ancora una password, chieda un nuovo link a chi L’ha invitata.

form =
    .correct = Corregga i campi evidenziati qui sotto.
    .retry = Riprova

error =
    .link_busy = Un tentativo precedente sta salvando la password. Attenda qualche secondo, poi invii di nuovo la stessa password.
    .unavailable = Il nostro servizio non è al momento disponibile. Nulla è stato modificato. Riprovi tra poco.

captcha =
    .rejected = Confermi di non essere un robot, poi riprovi.

## Elements

changed =
    .title = La nuova password è stata impostata
    .text = D’ora in poi funziona solo questa password. Riceverà un’e-mail al riguardo.

blocked =
    .title = Il Suo browser blocca questo modulo
    .text = Questo modulo ha bisogno di WebAssembly, che le impostazioni di sicurezza del Suo browser disattivano. La nostra pagina semplificata funziona anche senza.
    .continue = Continua sulla pagina semplificata

not_set_up =
    .title = Questa pagina non è configurata correttamente
    .text = Non dipende da Lei. Riprovi più tardi. Se il problema persiste, contatti il responsabile del sito.

reset =
    .text = Scelga una password che non usa altrove.

link =
    .checking = Verifica del link in corso…

form =
    .wait = Attendere…

error =
    .unreachable = Il nostro servizio non ha risposto. Verifichi la connessione a Internet e riprovi.
    .confirm_unanswered = Il nostro servizio non ha risposto. La nuova password potrebbe essere stata salvata comunque. Per esserne certo, invii di nuovo la stessa password: i dati inseriti sono ancora qui.
    .too_many_requests = Troppe richieste sono arrivate dalla Sua rete. Attenda { $time }, poi riprovi.

## Pages

page =
    .error = Errore: { $title }
    .help = Serve aiuto?
    .link = Il link funziona una sola volta, per { $lifetime }. L’e-mail proviene da { $from }.
    .correct = Corregga i dati e riprovi.
    .wait = Attenda { $interval } tra due richieste: una richiesta anticipata non invia una seconda e-mail.
    .limit = Finché un link che Le abbiamo inviato funziona, ne inviamo al massimo { $count } in { $window }.
    .account = Per l’account di { $address }.
    .changed_title = La password è stata cambiata
    .changed = La vecchia password non funziona più. Riceverà un’e-mail su questa modifica.
    .already_changed = La password era già stata cambiata quando ha inviato questo modulo. Funziona la password che ha scelto per prima.
    .expired = Un link richiesto funziona per { $lifetime }.
    .busy_title = Riprovi tra poco
    .limited_title = Troppe richieste
    .limited = Troppe richieste sono arrivate dalla Sua rete. Attenda un minuto, poi riprovi.
    .captcha_script = Questo modulo ha bisogno di JavaScript per verificare che Lei non sia un robot. Attivi JavaScript e ricarichi questa pagina, oppure chieda aiuto: l’indirizzo è in fondo a questa pagina.
    .cookies = Se lo ha appena aperto, consenta i cookie per questa pagina o apra il link in un altro browser. Il browser conserva un link per 15 minuti.
    .foreign_title = Questo modulo proviene da un altro sito
    .foreign = Il Suo browser non ha confermato che questo modulo è stato inviato dalla nostra pagina. Per sicurezza, nulla è stato modificato.
    .foreign_forgot = Apra la nostra pagina e riprovi da lì.
    .foreign_reset = Apra di nuovo il link contenuto nell’e-mail. Porta a { $url }.
    .open = Apri la pagina
    .open_again = Apri di nuovo la pagina
    .link_again = Apra di nuovo il link contenuto nell’e-mail
    .too_long = Il modulo è rimasto aperto troppo a lungo oppure il Suo browser non conserva i cookie di questa pagina. Questa volta nulla è stato modificato e il link non è stato utilizzato.
    .changed_earlier = Se un tentativo precedente ha confermato la nuova password, acceda con quella.
    .other_link = Questo browser non ha il link di questo modulo. Nel frattempo potrebbe aver aperto altri link. Nulla è stato modificato.
    .wanted_link = Apra di nuovo, dalla sua e-mail, il link che desidera usare.
    .too_large_title = Il modulo è troppo grande
    .too_large = Il Suo browser ha inviato più di quanto questo modulo possa contenere. Nulla è stato modificato.
    .failed_title = Non ha funzionato
    .failed = Il Suo browser ha inviato qualcosa che questa pagina non accetta. Nulla è stato modificato.
    .unavailable_title = La reimpostazione della password non è disponibile
    .unavailable = Al momento non può reimpostare la password qui. La password non è stata cambiata.
    .unavailable_link = Se ha un link, non è stato utilizzato.
    .unavailable_contact = Se non riesce ad accedere, ci contatti.

first =
    .title = Scelga una password
    .password = Password
    .repeat = Conferma password
    .submit = Salva password
    .rejected = La password non è stata salvata e il link non è stato utilizzato.
    .missing = Inserisca una password.
    .done_title = La password è stata impostata
    .done = Riceverà un’e-mail al riguardo.
    .already = La password era già stata impostata quando ha inviato questo modulo. Funziona la password che ha scelto per prima.
    .sign_in = Ora può accedere con la Sua password.

## Mails

mail =
    .hello = Buongiorno,
    .hello_name = Buongiorno { $name },

mail_reset =
    .subject = Reimposti la Sua password di { $application }
    .intro = Abbiamo ricevuto una richiesta di reimpostazione della password del Suo account { $application }. Per scegliere una nuova password, apra questo link:
    .button = Scelga una nuova password
    .copy = Oppure copi questo indirizzo nel browser:
    .works = Il link funziona una sola volta, per { $lifetime }, fino al { $time }.
    .next = Finché questo link funziona, le richieste per questo account potrebbero non inviare un altro link prima del { $time }.
    .both = Se richiede un altro link, entrambi funzionano finché uno dei due non viene utilizzato.
    .ignore = Se non ha fatto questa richiesta, ignori questa e-mail. La password non è stata cambiata e non può essere cambiata senza questo link.

mail_invitation =
    .subject = Scelga la Sua password di { $application }
    .intro = Ha un account { $application } che non ha ancora una password. Per sceglierne una, apra questo link:
    .button = Scelga una password
    .ignore = Se non si aspettava questa e-mail, la ignori. Da sola, questa e-mail non cambia nulla.

mail_shared =
    .intro = Abbiamo ricevuto una richiesta di reimpostazione di una password di { $application } per questo indirizzo e-mail, usato da più account. Per scegliere una nuova password, apra il link del Suo account:
    .account = Account { $number }
    .account_name = Account { $number }: { $name }
    .works = Ogni link funziona una sola volta, per { $lifetime }, fino al { $time }, e cambia solo la password del proprio account.
    .partial = Altri account con questo indirizzo hanno un link in un’altra e-mail, o ne ricevono uno su richiesta.
    .next = Finché questi link funzionano, le richieste per questi account potrebbero non inviare altri link prima del { $time }.
    .ignore = Se non conosce un account, non apra il suo link. Se non ha fatto questa richiesta, ignori questa e-mail. Nessuna password è stata cambiata e nessuna può essere cambiata senza questi link.

mail_ambiguous =
    .subject = Reimpostazione della Sua password di { $application }
    .intro = Abbiamo ricevuto una richiesta di reimpostazione di una password di { $application } per questo indirizzo e-mail. L’indirizzo appartiene a più account, quindi non sappiamo quale password reimpostare.
    .username = Se ha fatto la richiesta, richieda un nuovo link con il Suo nome utente invece che con l’indirizzo e-mail.
    .ignore = Se non l’ha fatta, ignori questa e-mail. Nessuna password è stata cambiata.

mail_notice =
    .subject = La Sua password di { $application } è stata cambiata
    .subject_unknown = La Sua password di { $application } potrebbe essere stata cambiata
    .by_link = La password del Suo account { $application } è stata cambiata il { $time }, con un link inviato a questo indirizzo e-mail.
    .signed_in = La password del Suo account { $application } è stata cambiata il { $time }, da qualcuno che aveva effettuato l’accesso e ha inserito la password attuale.
    .unknown_by_link = Qualcuno con un link inviato a questo indirizzo e-mail ha tentato di cambiare la password del Suo account { $application } il { $time }. Non abbiamo potuto stabilire se sia stata cambiata.
    .unknown_signed_in = Qualcuno che aveva effettuato l’accesso e ha inserito la password attuale ha tentato di cambiare la password del Suo account { $application } il { $time }. Non abbiamo potuto stabilire se sia stata cambiata.
    .several_by_link =
        { $count ->
            [one] La password del Suo account { $application } è stata cambiata { $count } volta, con un link inviato a questo indirizzo e-mail:
           *[other] La password del Suo account { $application } è stata cambiata { $count } volte, con link inviati a questo indirizzo e-mail:
        }
    .several_by_link_some = La password del Suo account { $application } è stata cambiata almeno una volta e al massimo { $count } volte, con link inviati a questo indirizzo e-mail:
    .several_by_link_unknown = La password del Suo account { $application } potrebbe essere stata cambiata fino a { $count } volte, con link inviati a questo indirizzo e-mail:
    .several_signed_in =
        { $count ->
            [one] La password del Suo account { $application } è stata cambiata { $count } volta, da qualcuno che aveva effettuato l’accesso e ha inserito la password attuale:
           *[other] La password del Suo account { $application } è stata cambiata { $count } volte, da qualcuno che aveva effettuato l’accesso e ha inserito la password attuale:
        }
    .several_signed_in_some = La password del Suo account { $application } è stata cambiata almeno una volta e al massimo { $count } volte, da qualcuno che aveva effettuato l’accesso e ha inserito la password attuale:
    .several_signed_in_unknown = La password del Suo account { $application } potrebbe essere stata cambiata fino a { $count } volte, da qualcuno che aveva effettuato l’accesso e ha inserito la password attuale:
    .network = La modifica proviene dalla rete { $network }.
    .network_reported = La modifica proviene dalla rete { $network }, secondo { $application }.
    .line_network = { $time }, dalla rete { $network }
    .line_reported = { $time }, dalla rete { $network }, secondo { $application }
    .line_unknown = { $line } (l’esito è sconosciuto)
    .all_signed_out = Tutti i dispositivi sono stati disconnessi.
    .may_be_signed_in = I dispositivi che erano connessi potrebbero esserlo ancora.
    .others_signed_out = Tutti gli altri dispositivi sono stati disconnessi. Il dispositivo da cui è stata fatta la modifica è ancora connesso.
    .others_may_be_signed_in = Altri dispositivi che erano connessi potrebbero esserlo ancora.
    .fine = Se l’ha cambiata Lei, non deve fare nulla.
    .secure = Se non l’ha cambiata Lei, qualcun altro potrebbe essere in grado di leggere la Sua posta. Metta prima al sicuro il Suo account e-mail, poi ci contatti subito:
    .known = Se non l’ha cambiata Lei, qualcun altro conosce la Sua vecchia password o usa un dispositivo su cui aveva effettuato l’accesso.
    .choose = Scelga subito una nuova password:
    .choose_ends = Scelga subito una nuova password, operazione che disconnette tutti i dispositivi:
    .contact = Poi ci contatti:
    .contact_now = Ci contatti subito:

mail_first =
    .subject = La Sua password di { $application } è stata impostata
    .subject_unknown = La Sua password di { $application } potrebbe essere stata impostata
    .by_link = La prima password del Suo account { $application } è stata impostata il { $time }, con un link inviato a questo indirizzo e-mail.
    .unknown = Qualcuno con un link inviato a questo indirizzo e-mail ha tentato di impostare la prima password del Suo account { $application } il { $time }. Non abbiamo potuto stabilire se sia stata impostata.
    .several = La password del Suo account { $application } è stata impostata o cambiata { $count } volte, con link inviati a questo indirizzo e-mail:
    .several_some = La password del Suo account { $application } è stata impostata o cambiata almeno una volta e al massimo { $count } volte, con link inviati a questo indirizzo e-mail:
    .several_unknown = La password del Suo account { $application } potrebbe essere stata impostata o cambiata fino a { $count } volte, con link inviati a questo indirizzo e-mail:
    .fine = Se l’ha impostata Lei, non deve fare nulla.
    .secure = Se non l’ha impostata Lei, qualcun altro potrebbe essere in grado di leggere la Sua posta. Metta prima al sicuro il Suo account e-mail, poi ci contatti subito:

## Dates and spans, by CLDR

span =
    .hours =
        { $count ->
            [one] { $count } ora
           *[other] { $count } ore
        }
    .minutes =
        { $count ->
            [one] { $count } minuto
           *[other] { $count } minuti
        }
    .seconds =
        { $count ->
            [one] { $count } secondo
           *[other] { $count } secondi
        }

date =
    .months = gennaio, febbraio, marzo, aprile, maggio, giugno, luglio, agosto, settembre, ottobre, novembre, dicembre
    .long = { $day } { $month } { $year }, { $time } UTC
    .short = { $day } { $month }, { $time } UTC
