## Pages and elements

request =
    .title = Wachtwoord vergeten?
    .text = Vul uw e-mailadres of gebruikersnaam in. Wij sturen u een link waarmee u een nieuw wachtwoord kiest. Tot die tijd blijft uw huidige wachtwoord geldig.
    .identifier = E-mailadres of gebruikersnaam
    .identifier_missing = Vul uw e-mailadres of gebruikersnaam in.
    .identifier_invalid = Vul één geldig e-mailadres of één gebruikersnaam in.
    .submit = Herstellink versturen

sent =
    .title = Controleer uw e-mail
    .text = Als er een account hoort bij wat u hebt ingevuld, is er een e-mail onderweg naar het adres van dat account. Open de link in die e-mail om een nieuw wachtwoord te kiezen.
    .help = Geen e-mail ontvangen?
    .help_spam = Wacht enkele minuten en kijk ook in uw map met ongewenste e-mail.
    .help_address = Controleer of u geen fout hebt gemaakt. Misschien heeft het account een ander e-mailadres.

reset =
    .title = Kies een nieuw wachtwoord
    .signs_out = U wordt op alle apparaten afgemeld.
    .password = Nieuw wachtwoord
    .repeat = Nieuw wachtwoord bevestigen
    .show = Wachtwoorden tonen
    .hide = Wachtwoorden verbergen
    .submit = Wachtwoord wijzigen
    .rejected = Uw wachtwoord is niet gewijzigd en uw link is niet verbruikt.

password =
    .length = Gebruik { $min } tot { $max }.
    .min = Gebruik ten minste { $min } tekens.
    .max = Gebruik ten hoogste { $max }.
    .characters = { $count } tekens
    .bytes = { $count } tekens (letters met accenten en emoji tellen voor meer dan één)
    .advice = Vermijd veelgebruikte wachtwoorden en uw eigen naam. Meerdere woorden die niets met elkaar te maken hebben, werken het best.

reason =
    .missing = Vul een nieuw wachtwoord in.
    .too_short = Dit wachtwoord is te kort.
    .too_long = Dit wachtwoord is te lang.
    .common = Dit wachtwoord wordt te vaak gebruikt. Kies er een dat moeilijker te raden is.
    .personal = Dit wachtwoord lijkt te veel op uw naam of e-mailadres. Kies een ander wachtwoord.
    .mismatch = De wachtwoorden komen niet overeen.
    .invalid_character = Dit wachtwoord bevat een teken dat niet kan worden gebruikt. Kies een ander wachtwoord.
    .unchanged = Dit is uw huidige wachtwoord. Kies een ander wachtwoord.
    .breached = Dit wachtwoord is bekend uit een datalek van een andere site. Kies een ander wachtwoord.
    .other = Dit wachtwoord kan niet worden gebruikt. Kies een ander wachtwoord.

changed =
    .signed_out = U bent op alle apparaten afgemeld.
    .sign_in = Aanmelden
    .sign_in_text = U kunt zich nu aanmelden met uw nieuwe wachtwoord.

link =
    .request_new = Nieuwe link aanvragen

link_missing =
    .title = Open de link in uw e-mail
    .text = Deze pagina heeft de link nodig die wij u per e-mail hebben gestuurd. Open hem vanuit de e-mail of vraag een nieuwe aan.

link_invalid =
    .title = Deze link werkt niet
    .text = De link is onvolledig of ongeldig. Open hem opnieuw vanuit de e-mail en controleer of hij volledig is: sommige e-mailprogramma’s breken lange links af.

link_expired =
    .title = Deze link is verlopen
    .text = Er is niets gewijzigd. Vraag een nieuwe link aan of neem, als u nog geen wachtwoord hebt, contact op met degene door wie u bent uitgenodigd.

link_used =
    .title = Deze link is al gebruikt
    .text = Een link werkt één keer en alleen zolang uw account niet verandert. Als u al een nieuw wachtwoord hebt gekozen, meldt u zich daarmee aan. Als u dat niet was, vraagt u nu een nieuwe link aan. Als u nog geen wachtwoord hebt, vraagt u een nieuwe link aan degene door wie u bent uitgenodigd.

form =
    .correct = Corrigeer de gemarkeerde velden hieronder.
    .retry = Opnieuw proberen

error =
    .link_busy = Uw wachtwoord wordt door een eerdere poging opgeslagen. Wacht enkele seconden en verstuur dan hetzelfde wachtwoord opnieuw.
    .unavailable = Onze dienst is tijdelijk niet beschikbaar. Er is niets gewijzigd. Probeer het zo dadelijk opnieuw.

captcha =
    .rejected = Bevestig dat u geen robot bent en probeer het dan opnieuw.

## Elements

changed =
    .title = Uw nieuwe wachtwoord is ingesteld
    .text = Vanaf nu werkt alleen dit wachtwoord. U ontvangt hierover een e-mail.

blocked =
    .title = Uw browser blokkeert dit formulier
    .text = Dit formulier heeft WebAssembly nodig, dat door de beveiligingsinstellingen van uw browser is uitgeschakeld. Onze eenvoudigere pagina werkt zonder.
    .continue = Doorgaan op de eenvoudigere pagina

not_set_up =
    .title = Deze pagina is niet juist ingesteld
    .text = Dit ligt niet aan u. Probeer het later opnieuw. Neem contact op met de beheerder van deze website als het probleem aanhoudt.

reset =
    .text = Kies een wachtwoord dat u nergens anders gebruikt.

link =
    .checking = Uw link wordt gecontroleerd…

form =
    .wait = Even geduld…

error =
    .unreachable = Onze dienst heeft niet geantwoord. Controleer uw internetverbinding en probeer het opnieuw.
    .confirm_unanswered = Onze dienst heeft niet geantwoord. Uw nieuwe wachtwoord is mogelijk toch opgeslagen. Verstuur voor de zekerheid hetzelfde wachtwoord opnieuw: wat u hebt ingevuld, staat er nog.
    .too_many_requests = Er kwamen te veel aanvragen van uw netwerk. Wacht { $time } en probeer het dan opnieuw.

## Pages

page =
    .error = Fout: { $title }
    .help = Hulp nodig?
    .link = De link werkt één keer, gedurende { $lifetime }. De e-mail komt van { $from }.
    .correct = Corrigeer het en probeer het opnieuw.
    .wait = Wacht { $interval } tussen twee aanvragen: bij een eerdere aanvraag sturen wij geen tweede e-mail.
    .limit = Zolang een link werkt die wij u hebben gestuurd, sturen wij er ten hoogste { $count } in { $window }.
    .account = Voor het account van { $address }.
    .changed_title = Uw wachtwoord is gewijzigd
    .changed = Uw oude wachtwoord werkt niet meer. U ontvangt een e-mail over deze wijziging.
    .already_changed = Uw wachtwoord was al gewijzigd toen u dit formulier verstuurde. Het wachtwoord dat u als eerste hebt gekozen, is geldig.
    .expired = Een aangevraagde link werkt gedurende { $lifetime }.
    .busy_title = Probeer het zo dadelijk opnieuw
    .limited_title = Te veel aanvragen
    .limited = Er kwamen te veel aanvragen van uw netwerk. Wacht een minuut en probeer het dan opnieuw.
    .captcha_script = Dit formulier heeft JavaScript nodig om te controleren dat u geen robot bent. Schakel JavaScript in en laad deze pagina opnieuw, of vraag om hulp: het adres staat onderaan deze pagina.
    .cookies = Als u hem net hebt geopend, sta dan cookies toe voor deze pagina of open de link in een andere browser. De browser bewaart een link 15 minuten.
    .foreign_title = Dit formulier kwam van een andere website
    .foreign = Uw browser heeft niet bevestigd dat u dit formulier vanaf onze pagina hebt verstuurd. Voor de zekerheid is er niets gewijzigd.
    .foreign_forgot = Open onze pagina en probeer het daar opnieuw.
    .foreign_reset = Open de link in uw e-mail opnieuw. Deze leidt naar { $url }.
    .open = Pagina openen
    .open_again = Pagina opnieuw openen
    .link_again = Open de link in uw e-mail opnieuw
    .too_long = Het formulier stond te lang open of uw browser bewaart geen cookies voor deze pagina. Deze keer is er niets gewijzigd en is uw link niet verbruikt.
    .changed_earlier = Als bij een eerdere poging uw nieuwe wachtwoord is bevestigd, meldt u zich daarmee aan.
    .other_link = Deze browser heeft de link van dit formulier niet. Misschien hebt u intussen andere links geopend. Er is niets gewijzigd.
    .wanted_link = Open de link die u wilt gebruiken opnieuw vanuit de bijbehorende e-mail.
    .too_large_title = Het formulier is te groot
    .too_large = Uw browser heeft meer verstuurd dan dit formulier kan bevatten. Er is niets gewijzigd.
    .failed_title = Dit is niet gelukt
    .failed = Uw browser heeft iets verstuurd dat deze pagina niet accepteert. Er is niets gewijzigd.
    .unavailable_title = Wachtwoorden opnieuw instellen is niet beschikbaar
    .unavailable = U kunt uw wachtwoord hier op dit moment niet opnieuw instellen. Uw wachtwoord is niet gewijzigd.
    .unavailable_link = Als u een link hebt, is deze niet verbruikt.
    .unavailable_contact = Neem contact met ons op als u zich niet kunt aanmelden.

first =
    .title = Kies een wachtwoord
    .password = Wachtwoord
    .repeat = Wachtwoord bevestigen
    .submit = Wachtwoord opslaan
    .rejected = Uw wachtwoord is niet opgeslagen en uw link is niet verbruikt.
    .missing = Vul een wachtwoord in.
    .done_title = Uw wachtwoord is ingesteld
    .done = U ontvangt hierover een e-mail.
    .already = Uw wachtwoord was al ingesteld toen u dit formulier verstuurde. Het wachtwoord dat u als eerste hebt gekozen, is geldig.
    .sign_in = U kunt zich nu aanmelden met uw wachtwoord.

## Mails

mail =
    .hello = Hallo,
    .hello_name = Hallo { $name },

mail_reset =
    .subject = Stel uw wachtwoord voor { $application } opnieuw in
    .intro = Wij hebben een verzoek ontvangen om het wachtwoord van uw account bij { $application } opnieuw in te stellen. Open deze link om een nieuw wachtwoord te kiezen:
    .button = Nieuw wachtwoord kiezen
    .copy = Of kopieer dit adres naar uw browser:
    .works = De link werkt één keer, gedurende { $lifetime }, tot { $time }.
    .next = Zolang deze link werkt, sturen wij op verzoeken voor dit account mogelijk vóór { $time } geen andere link.
    .both = Als u nog een link aanvraagt, werken beide totdat een ervan is gebruikt.
    .ignore = Als u dit niet hebt aangevraagd, kunt u deze e-mail negeren. Uw wachtwoord is niet gewijzigd en kan zonder deze link niet worden gewijzigd.

mail_invitation =
    .subject = Kies uw wachtwoord voor { $application }
    .intro = U hebt een account bij { $application } dat nog geen wachtwoord heeft. Open deze link om er een te kiezen:
    .button = Wachtwoord kiezen
    .ignore = Als u dit niet had verwacht, kunt u deze e-mail negeren. Deze e-mail verandert op zichzelf niets.

mail_shared =
    .intro = Wij hebben een verzoek ontvangen om een wachtwoord bij { $application } opnieuw in te stellen voor dit e-mailadres, dat door meerdere accounts wordt gebruikt. Open de link van uw account om een nieuw wachtwoord te kiezen:
    .account = Account { $number }
    .account_name = Account { $number }: { $name }
    .works = Elke link werkt één keer, gedurende { $lifetime }, tot { $time }, en wijzigt alleen het wachtwoord van het eigen account.
    .partial = Andere accounts met dit adres hebben een link in een andere e-mail of krijgen er een als u die aanvraagt.
    .next = Zolang deze links werken, sturen wij op verzoeken voor deze accounts mogelijk vóór { $time } geen andere links.
    .ignore = Als u een account niet kent, open dan de link ervan niet. Als u dit niet hebt aangevraagd, kunt u deze e-mail negeren. Er is geen wachtwoord gewijzigd en zonder deze links kan er geen worden gewijzigd.

mail_ambiguous =
    .subject = Uw wachtwoord voor { $application } opnieuw instellen
    .intro = Wij hebben een verzoek ontvangen om een wachtwoord bij { $application } opnieuw in te stellen voor dit e-mailadres. Dit adres hoort bij meerdere accounts, zodat wij niet weten om welk wachtwoord het gaat.
    .username = Als u het verzoek hebt gedaan, vraag dan een nieuwe link aan met uw gebruikersnaam in plaats van uw e-mailadres.
    .ignore = Als u het niet hebt gedaan, kunt u deze e-mail negeren. Er is geen wachtwoord gewijzigd.

mail_notice =
    .subject = Uw wachtwoord voor { $application } is gewijzigd
    .subject_unknown = Uw wachtwoord voor { $application } is mogelijk gewijzigd
    .by_link = Het wachtwoord van uw account bij { $application } is gewijzigd op { $time }, met een link die naar dit e-mailadres is gestuurd.
    .signed_in = Het wachtwoord van uw account bij { $application } is gewijzigd op { $time }, door iemand die was aangemeld en het huidige wachtwoord heeft ingevuld.
    .unknown_by_link = Iemand met een link die naar dit e-mailadres is gestuurd, heeft op { $time } geprobeerd het wachtwoord van uw account bij { $application } te wijzigen. Wij hebben niet kunnen vaststellen of het is gewijzigd.
    .unknown_signed_in = Iemand die was aangemeld en het huidige wachtwoord heeft ingevuld, heeft op { $time } geprobeerd het wachtwoord van uw account bij { $application } te wijzigen. Wij hebben niet kunnen vaststellen of het is gewijzigd.
    .several_by_link = Het wachtwoord van uw account bij { $application } is { $count } keer gewijzigd, met links die naar dit e-mailadres zijn gestuurd:
    .several_by_link_some = Het wachtwoord van uw account bij { $application } is minstens één keer en hoogstens { $count } keer gewijzigd, met links die naar dit e-mailadres zijn gestuurd:
    .several_by_link_unknown = Het wachtwoord van uw account bij { $application } is mogelijk tot { $count } keer toe gewijzigd, met links die naar dit e-mailadres zijn gestuurd:
    .several_signed_in = Het wachtwoord van uw account bij { $application } is { $count } keer gewijzigd, door iemand die was aangemeld en het huidige wachtwoord heeft ingevuld:
    .several_signed_in_some = Het wachtwoord van uw account bij { $application } is minstens één keer en hoogstens { $count } keer gewijzigd, door iemand die was aangemeld en het huidige wachtwoord heeft ingevuld:
    .several_signed_in_unknown = Het wachtwoord van uw account bij { $application } is mogelijk tot { $count } keer toe gewijzigd, door iemand die was aangemeld en het huidige wachtwoord heeft ingevuld:
    .network = De wijziging kwam van het netwerk { $network }.
    .network_reported = De wijziging kwam van het netwerk { $network }, volgens { $application }.
    .line_network = { $time }, van het netwerk { $network }
    .line_reported = { $time }, van het netwerk { $network }, volgens { $application }
    .line_unknown = { $line } (het resultaat is onbekend)
    .all_signed_out = Alle apparaten zijn afgemeld.
    .may_be_signed_in = Apparaten die eerder waren aangemeld, zijn mogelijk nog aangemeld.
    .others_signed_out = Alle andere apparaten zijn afgemeld. Het apparaat waarmee de wijziging is gedaan, is nog aangemeld.
    .others_may_be_signed_in = Andere apparaten die eerder waren aangemeld, zijn mogelijk nog aangemeld.
    .fine = Als u het hebt gewijzigd, hoeft u niets te doen.
    .secure = Als u het niet hebt gewijzigd, kan iemand anders mogelijk uw e-mail lezen. Beveilig eerst uw e-mailaccount en neem daarna meteen contact met ons op:
    .known = Als u het niet hebt gewijzigd, kent iemand anders uw oude wachtwoord of gebruikt iemand een apparaat waarop u was aangemeld.
    .choose = Kies meteen een nieuw wachtwoord:
    .choose_ends = Kies meteen een nieuw wachtwoord, waarmee alle apparaten worden afgemeld:
    .contact = Neem daarna contact met ons op:
    .contact_now = Neem meteen contact met ons op:

mail_first =
    .subject = Uw wachtwoord voor { $application } is ingesteld
    .subject_unknown = Uw wachtwoord voor { $application } is mogelijk ingesteld
    .by_link = Het eerste wachtwoord van uw account bij { $application } is ingesteld op { $time }, met een link die naar dit e-mailadres is gestuurd.
    .unknown = Iemand met een link die naar dit e-mailadres is gestuurd, heeft op { $time } geprobeerd het eerste wachtwoord van uw account bij { $application } in te stellen. Wij hebben niet kunnen vaststellen of het is ingesteld.
    .several = Het wachtwoord van uw account bij { $application } is { $count } keer ingesteld of gewijzigd, met links die naar dit e-mailadres zijn gestuurd:
    .several_some = Het wachtwoord van uw account bij { $application } is minstens één keer en hoogstens { $count } keer ingesteld of gewijzigd, met links die naar dit e-mailadres zijn gestuurd:
    .several_unknown = Het wachtwoord van uw account bij { $application } is mogelijk tot { $count } keer toe ingesteld of gewijzigd, met links die naar dit e-mailadres zijn gestuurd:
    .fine = Als u het hebt ingesteld, hoeft u niets te doen.
    .secure = Als u het niet hebt ingesteld, kan iemand anders mogelijk uw e-mail lezen. Beveilig eerst uw e-mailaccount en neem daarna meteen contact met ons op:

## Dates and spans, by CLDR

span =
    .hours = { $count } uur
    .minutes =
        { $count ->
            [one] { $count } minuut
           *[other] { $count } minuten
        }
    .seconds =
        { $count ->
            [one] { $count } seconde
           *[other] { $count } seconden
        }

date =
    .months = januari, februari, maart, april, mei, juni, juli, augustus, september, oktober, november, december
    .long = { $day } { $month } { $year } om { $time } UTC
    .short = { $day } { $month } om { $time } UTC
