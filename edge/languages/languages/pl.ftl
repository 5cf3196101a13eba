## Pages and elements

request =
    .title = Nie pamiętają Państwo hasła?
    .text = Proszę podać adres e-mail lub nazwę użytkownika. Wyślemy link, który pozwoli ustawić nowe hasło. Do tego czasu obecne hasło pozostaje ważne.
    .identifier = Adres e-mail lub nazwa użytkownika
    .identifier_missing = Proszę podać adres e-mail lub nazwę użytkownika.
    .identifier_invalid = Proszę podać jeden prawidłowy adres e-mail lub nazwę użytkownika.
    .submit = Wyślij link do zmiany hasła

sent =
    .title = Proszę sprawdzić pocztę
    .text = Jeśli podane dane odpowiadają kontu, na jego adres wysłaliśmy wiadomość. Aby ustawić nowe hasło, proszę otworzyć link z tej wiadomości.
    .help = Wiadomość nie dotarła?
    .help_spam = Proszę poczekać kilka minut i sprawdzić folder ze spamem.
    .help_address = Proszę sprawdzić, czy w podanych danych nie ma błędu. Konto może mieć inny adres e-mail.

reset =
    .title = Nowe hasło do konta
    .signs_out = Nastąpi wylogowanie na wszystkich urządzeniach.
    .password = Nowe hasło
    .repeat = Powtórz nowe hasło
    .show = Pokaż hasła
    .hide = Ukryj hasła
    .submit = Zmień hasło
    .rejected = Hasło nie zostało zmienione, a link nie został wykorzystany.

password =
    .length = Dozwolona długość: od { $min } do { $max }.
    .min = Minimalna długość hasła (w znakach): { $min }.
    .max = Dozwolona długość: najwyżej { $max }.
    .characters = { $count } znaków
    .bytes = { $count } znaków (litery ze znakami diakrytycznymi i emoji liczą się jako więcej niż jeden)
    .advice = Proszę unikać popularnych haseł i własnego imienia. Najlepiej sprawdza się kilka niezwiązanych ze sobą słów.

reason =
    .missing = Proszę podać nowe hasło.
    .too_short = To hasło jest za krótkie.
    .too_long = To hasło jest za długie.
    .common = To hasło jest zbyt popularne. Proszę wybrać hasło trudniejsze do odgadnięcia.
    .personal = To hasło jest zbyt podobne do nazwy użytkownika, imienia lub adresu e-mail. Proszę wybrać inne.
    .mismatch = Hasła nie są takie same.
    .invalid_character = To hasło zawiera znak, którego nie można użyć. Proszę wybrać inne.
    .unchanged = To jest obecne hasło. Proszę wybrać inne.
    .breached = To hasło jest znane z wycieku danych z innej witryny. Proszę wybrać inne.
    .other = Tego hasła nie można użyć. Proszę wybrać inne.

changed =
    .signed_out = Nastąpiło wylogowanie na wszystkich urządzeniach.
    .sign_in = Zaloguj się
    .sign_in_text = Można się teraz zalogować nowym hasłem.

link =
    .request_new = Poproś o nowy link

link_missing =
    .title = Proszę otworzyć link z wiadomości
    .text = Ta strona wymaga linku, który wysłaliśmy e-mailem. Proszę otworzyć go z wiadomości lub poprosić o nowy.

link_invalid =
    .title = Ten link nie działa
    .text = Link jest niepełny lub nieprawidłowy. Proszę ponownie otworzyć go z wiadomości i upewnić się, że jest pełny: niektóre programy pocztowe dzielą długie linki.

link_expired =
    .title = Ten link wygasł
    .text = Nic nie zostało zmienione. Proszę poprosić o nowy link, a jeśli konto nie ma jeszcze hasła, zwrócić się do osoby, która wysłała zaproszenie.

link_used =
    .title = Ten link został już użyty
    .text = Link działa jeden raz i tylko dopóki konto się nie zmieni. Jeśli nowe hasło zostało już ustawione, proszę się nim zalogować. Jeśli zrobił to ktoś inny, proszę teraz poprosić o nowy link. Jeśli konto nie ma jeszcze hasła, proszę poprosić o nowy link osobę, która wysłała zaproszenie.

form =
    .correct = Proszę poprawić pola zaznaczone poniżej.
    .retry = Spróbuj ponownie

error =
    .link_busy = Trwa zapisywanie hasła z wcześniejszej próby. Proszę poczekać kilka sekund i wysłać to samo hasło jeszcze raz.
    .unavailable = Nasza usługa jest chwilowo niedostępna. Nic nie zostało zmienione. Proszę spróbować ponownie za chwilę.

captcha =
    .rejected = Proszę potwierdzić, że formularza nie wypełnia robot, i spróbować ponownie.

## Elements

changed =
    .title = Nowe hasło zostało ustawione
    .text = Od teraz działa tylko to hasło. Wyślemy o tym wiadomość.

blocked =
    .title = Przeglądarka blokuje ten formularz
    .text = Ten formularz wymaga WebAssembly, które jest wyłączone w ustawieniach zabezpieczeń przeglądarki. Nasza prostsza strona działa bez niego.
    .continue = Przejdź do prostszej strony

not_set_up =
    .title = Ta strona nie jest poprawnie skonfigurowana
    .text = To nie jest wina użytkownika. Proszę spróbować później. Jeśli problem będzie się powtarzał, proszę skontaktować się z właścicielem strony.

reset =
    .text = Proszę wybrać hasło, które nie jest używane nigdzie indziej.

link =
    .checking = Sprawdzanie linku…

form =
    .wait = Proszę czekać…

error =
    .unreachable = Nasza usługa nie odpowiedziała. Proszę sprawdzić połączenie z internetem i spróbować ponownie.
    .confirm_unanswered = Nasza usługa nie odpowiedziała. Nowe hasło mogło mimo to zostać zapisane. Aby mieć pewność, proszę wysłać to samo hasło jeszcze raz: wpisane dane nadal tu są.
    .too_many_requests = Z tej sieci przyszło zbyt wiele żądań. Proszę odczekać i spróbować ponownie. Czas oczekiwania: { $time }.

## Pages

page =
    .error = Błąd: { $title }
    .help = Potrzebna pomoc?
    .link = Link działa jeden raz, przez { $lifetime }. Wiadomość przychodzi z adresu { $from }.
    .correct = Proszę poprawić dane i spróbować ponownie.
    .wait = Między dwiema prośbami proszę odczekać { $interval }: wcześniejsza prośba nie wyśle drugiej wiadomości.
    .limit =
        { $count ->
            [one] Dopóki działa link, który wysłaliśmy, wysyłamy najwyżej { $count } wiadomość co { $window }.
            [few] Dopóki działa link, który wysłaliśmy, wysyłamy najwyżej { $count } wiadomości co { $window }.
           *[many] Dopóki działa link, który wysłaliśmy, wysyłamy najwyżej { $count } wiadomości co { $window }.
        }
    .account = Dotyczy konta z adresem { $address }.
    .changed_title = Hasło zostało zmienione
    .changed = Stare hasło już nie działa. Wyślemy wiadomość o tej zmianie.
    .already_changed = W chwili wysłania tego formularza hasło było już zmienione. Działa hasło wybrane jako pierwsze.
    .expired = Link z formularza działa przez { $lifetime }.
    .busy_title = Proszę spróbować ponownie za chwilę
    .limited_title = Zbyt wiele żądań
    .limited = Z tej sieci przyszło zbyt wiele żądań. Proszę odczekać minutę i spróbować ponownie.
    .captcha_script = Ten formularz wymaga JavaScriptu, aby sprawdzić, czy nie wypełnia go robot. Proszę włączyć JavaScript i ponownie wczytać tę stronę albo poprosić o pomoc: adres znajduje się na dole tej strony.
    .cookies = Jeśli link został właśnie otwarty, proszę zezwolić tej stronie na pliki cookie lub otworzyć link w innej przeglądarce. Przeglądarka przechowuje link przez 15 minut.
    .foreign_title = Ten formularz pochodzi z innej witryny
    .foreign = Przeglądarka nie potwierdziła, że formularz został wysłany z naszej strony. Dla bezpieczeństwa nic nie zostało zmienione.
    .foreign_forgot = Proszę otworzyć naszą stronę i spróbować tam ponownie.
    .foreign_reset = Proszę ponownie otworzyć link z wiadomości. Prowadzi on do { $url }.
    .open = Otwórz stronę
    .open_again = Otwórz stronę ponownie
    .link_again = Proszę ponownie otworzyć link z wiadomości
    .too_long = Formularz był otwarty zbyt długo albo przeglądarka nie przechowuje plików cookie tej strony. Tym razem nic nie zostało zmienione, a link nie został wykorzystany.
    .changed_earlier = Jeśli wcześniejsza próba potwierdziła nowe hasło, proszę się nim zalogować.
    .other_link = Ta przeglądarka nie ma linku do tego formularza. Być może w międzyczasie otwarto inne linki. Nic nie zostało zmienione.
    .wanted_link = Proszę ponownie otworzyć właściwy link z jego wiadomości.
    .too_large_title = Formularz jest za duży
    .too_large = Przeglądarka wysłała więcej, niż ten formularz może zawierać. Nic nie zostało zmienione.
    .failed_title = To się nie udało
    .failed = Przeglądarka wysłała coś, czego ta strona nie przyjmuje. Nic nie zostało zmienione.
    .unavailable_title = Zmiana hasła jest niedostępna
    .unavailable = W tej chwili nie można tu zmienić hasła. Hasło nie zostało zmienione.
    .unavailable_link = Jeśli mają Państwo link, nie został on wykorzystany.
    .unavailable_contact = Jeśli nie można się zalogować, proszę się z nami skontaktować.

first =
    .title = Hasło do konta
    .password = Hasło
    .repeat = Powtórz hasło
    .submit = Zapisz hasło
    .rejected = Hasło nie zostało zapisane, a link nie został wykorzystany.
    .missing = Proszę podać hasło.
    .done_title = Hasło zostało ustawione
    .done = Wyślemy o tym wiadomość.
    .already = W chwili wysłania tego formularza hasło było już ustawione. Działa hasło wybrane jako pierwsze.
    .sign_in = Można się teraz zalogować swoim hasłem.

## Mails

mail =
    .hello = Dzień dobry,
    .hello_name = Dzień dobry, { $name },

mail_reset =
    .subject = Zmiana hasła do { $application }
    .intro = Otrzymaliśmy prośbę o zmianę hasła do konta w { $application }. Aby ustawić nowe hasło, proszę otworzyć ten link:
    .button = Ustaw nowe hasło
    .copy = Można też skopiować ten adres do przeglądarki:
    .works = Link działa jeden raz, przez { $lifetime }, do { $time }.
    .next = Dopóki ten link działa, prośby dotyczące tego konta mogą nie wysłać kolejnego linku przed { $time }.
    .both = Jeśli poproszą Państwo o kolejny link, oba będą działać, dopóki jeden z nich nie zostanie użyty.
    .ignore = Jeśli to nie Państwa prośba, proszę zignorować tę wiadomość. Hasło nie zostało zmienione i nie można go zmienić bez tego linku.

mail_invitation =
    .subject = Hasło do konta w { $application }
    .intro = Mają Państwo konto w { $application }, które nie ma jeszcze hasła. Aby je ustawić, proszę otworzyć ten link:
    .button = Ustaw hasło
    .ignore = Jeśli ta wiadomość jest nieoczekiwana, proszę ją zignorować. Sama wiadomość niczego nie zmienia.

mail_shared =
    .intro = Otrzymaliśmy prośbę o zmianę hasła w { $application } dla tego adresu e-mail, z którego korzysta kilka kont. Aby ustawić nowe hasło, proszę otworzyć link swojego konta:
    .account = Konto { $number }
    .account_name = Konto { $number }: { $name }
    .works = Każdy link działa jeden raz, przez { $lifetime }, do { $time }, i zmienia tylko hasło własnego konta.
    .partial = Inne konta z tym adresem mają link w innej wiadomości lub otrzymają go na prośbę.
    .next = Dopóki te linki działają, prośby dotyczące tych kont mogą nie wysłać kolejnych linków przed { $time }.
    .ignore = Jeśli któreś konto jest nieznane, proszę nie otwierać jego linku. Jeśli to nie Państwa prośba, proszę zignorować tę wiadomość. Żadne hasło nie zostało zmienione i bez tych linków żadnego nie można zmienić.

mail_ambiguous =
    .subject = Zmiana Państwa hasła do { $application }
    .intro = Otrzymaliśmy prośbę o zmianę hasła w { $application } dla tego adresu e-mail. Ten adres należy do kilku kont, więc nie wiemy, które hasło zmienić.
    .username = Jeśli to Państwa prośba, proszę poprosić o nowy link, podając nazwę użytkownika zamiast adresu e-mail.
    .ignore = Jeśli nie, proszę zignorować tę wiadomość. Żadne hasło nie zostało zmienione.

mail_notice =
    .subject = Hasło do { $application } zostało zmienione
    .subject_unknown = Hasło do { $application } mogło zostać zmienione
    .by_link = Hasło do konta w { $application } zostało zmienione { $time }, za pomocą linku wysłanego na ten adres e-mail.
    .signed_in = Hasło do konta w { $application } zostało zmienione { $time } przez osobę, która była zalogowana i podała obecne hasło.
    .unknown_by_link = { $time } ktoś, korzystając z linku wysłanego na ten adres e-mail, próbował zmienić hasło do konta w { $application }. Nie udało nam się ustalić, czy zostało zmienione.
    .unknown_signed_in = { $time } osoba, która była zalogowana i podała obecne hasło, próbowała zmienić hasło do konta w { $application }. Nie udało nam się ustalić, czy zostało zmienione.
    .several_by_link =
        { $count ->
            [one] Hasło do konta w { $application } zostało zmienione { $count } raz, za pomocą linku wysłanego na ten adres e-mail:
            [few] Hasło do konta w { $application } zostało zmienione { $count } razy, za pomocą linków wysłanych na ten adres e-mail:
           *[many] Hasło do konta w { $application } zostało zmienione { $count } razy, za pomocą linków wysłanych na ten adres e-mail:
        }
    .several_by_link_some = Hasło do konta w { $application } zostało zmienione co najmniej raz i co najwyżej { $count } razy, za pomocą linków wysłanych na ten adres e-mail:
    .several_by_link_unknown = Hasło do konta w { $application } mogło zostać zmienione maksymalnie { $count } razy, za pomocą linków wysłanych na ten adres e-mail:
    .several_signed_in =
        { $count ->
            [one] Hasło do konta w { $application } zostało zmienione { $count } raz przez osobę, która była zalogowana i podała obecne hasło:
            [few] Hasło do konta w { $application } zostało zmienione { $count } razy przez osobę, która była zalogowana i podała obecne hasło:
           *[many] Hasło do konta w { $application } zostało zmienione { $count } razy przez osobę, która była zalogowana i podała obecne hasło:
        }
    .several_signed_in_some = Hasło do konta w { $application } zostało zmienione co najmniej raz i co najwyżej { $count } razy przez osobę, która była zalogowana i podała obecne hasło:
    .several_signed_in_unknown = Hasło do konta w { $application } mogło zostać zmienione maksymalnie { $count } razy przez osobę, która była zalogowana i podała obecne hasło:
    .network = Zmiana pochodzi z sieci { $network }.
    .network_reported = Według { $application } zmiana pochodzi z sieci { $network }.
    .line_network = { $time }, z sieci { $network }
    .line_reported = { $time }, z sieci { $network } (według { $application })
    .line_unknown = { $line } (wynik nieznany)
    .all_signed_out = Wszystkie urządzenia zostały wylogowane.
    .may_be_signed_in = Urządzenia zalogowane wcześniej mogą być nadal zalogowane.
    .others_signed_out = Wszystkie inne urządzenia zostały wylogowane. Urządzenie, na którym dokonano zmiany, jest nadal zalogowane.
    .others_may_be_signed_in = Inne urządzenia zalogowane wcześniej mogą być nadal zalogowane.
    .fine = Jeśli to Państwo je zmienili, nie trzeba nic robić.
    .secure = Jeśli nie, ktoś inny może mieć dostęp do Państwa poczty. Proszę najpierw zabezpieczyć konto e-mail, a potem niezwłocznie się z nami skontaktować:
    .known = Jeśli nie, ktoś inny zna stare hasło lub korzysta z urządzenia, na którym są Państwo zalogowani.
    .choose = Proszę niezwłocznie ustawić nowe hasło:
    .choose_ends = Proszę niezwłocznie ustawić nowe hasło, co wyloguje wszystkie urządzenia:
    .contact = Następnie proszę się z nami skontaktować:
    .contact_now = Proszę się z nami niezwłocznie skontaktować:

mail_first =
    .subject = Hasło do { $application } zostało ustawione
    .subject_unknown = Hasło do { $application } mogło zostać ustawione
    .by_link = Pierwsze hasło do konta w { $application } zostało ustawione { $time }, za pomocą linku wysłanego na ten adres e-mail.
    .unknown = { $time } ktoś, korzystając z linku wysłanego na ten adres e-mail, próbował ustawić pierwsze hasło do konta w { $application }. Nie udało nam się ustalić, czy zostało ustawione.
    .several = Hasło do konta w { $application } zostało ustawione lub zmienione { $count } razy, za pomocą linków wysłanych na ten adres e-mail:
    .several_some = Hasło do konta w { $application } zostało ustawione lub zmienione co najmniej raz i co najwyżej { $count } razy, za pomocą linków wysłanych na ten adres e-mail:
    .several_unknown = Hasło do konta w { $application } mogło zostać ustawione lub zmienione maksymalnie { $count } razy, za pomocą linków wysłanych na ten adres e-mail:
    .fine = Jeśli to Państwo je ustawili, nie trzeba nic robić.
    .secure = Jeśli nie, ktoś inny może mieć dostęp do Państwa poczty. Proszę najpierw zabezpieczyć konto e-mail, a potem niezwłocznie się z nami skontaktować:

## Dates and spans, by CLDR

span =
    .hours =
        { $count ->
            [one] { $count } godzinę
            [few] { $count } godziny
           *[many] { $count } godzin
        }
    .minutes =
        { $count ->
            [one] { $count } minutę
            [few] { $count } minuty
           *[many] { $count } minut
        }
    .seconds =
        { $count ->
            [one] { $count } sekundę
            [few] { $count } sekundy
           *[many] { $count } sekund
        }

date =
    .months = stycznia, lutego, marca, kwietnia, maja, czerwca, lipca, sierpnia, września, października, listopada, grudnia
    .long = { $day } { $month } { $year }, { $time } UTC
    .short = { $day } { $month }, { $time } UTC
