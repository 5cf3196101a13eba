## Pages and elements

request =
    .title = Şifrenizi mi unuttunuz?
    .text = E-posta adresinizi veya kullanıcı adınızı girin; size yeni bir şifre belirlemeniz için bir bağlantı göndereceğiz. O zamana kadar mevcut şifreniz geçerlidir.
    .identifier = E-posta adresi veya kullanıcı adı
    .identifier_missing = E-posta adresinizi veya kullanıcı adınızı girin.
    .identifier_invalid = Geçerli tek bir e-posta adresi veya kullanıcı adı girin.
    .submit = Sıfırlama bağlantısı gönder

sent =
    .title = E-postanızı kontrol edin
    .text = Girdiğiniz bilgilere uyan bir hesap varsa adresine bir e-posta gönderilmektedir. Yeni bir şifre belirlemek için o e-postadaki bağlantıyı açın.
    .help = E-posta gelmedi mi?
    .help_spam = Birkaç dakika bekleyin ve spam klasörünüzü kontrol edin.
    .help_address = Girdiğiniz bilgilerde hata olup olmadığını kontrol edin. Hesabın e-posta adresi farklı olabilir.

reset =
    .title = Yeni bir şifre belirleyin
    .signs_out = Tüm cihazlardaki oturumlarınız kapatılacaktır.
    .password = Yeni şifre
    .repeat = Yeni şifreyi onaylayın
    .show = Şifreleri göster
    .hide = Şifreleri gizle
    .submit = Şifreyi değiştir
    .rejected = Şifreniz değiştirilmedi ve bağlantınız kullanılmış sayılmadı.

password =
    .length = İzin verilen uzunluk: { $min } ile { $max } arası.
    .min = En az { $min } karakter kullanın.
    .max = En fazla { $max } kullanın.
    .characters = { $count } karakter
    .bytes = { $count } karakter (aksanlı harfler ve emojiler birden fazla sayılır)
    .advice = Yaygın şifrelerden ve kendi adınızdan kaçının. En iyisi, birbiriyle ilgisiz birkaç sözcük kullanmaktır.

reason =
    .missing = Yeni bir şifre girin.
    .too_short = Bu şifre çok kısa.
    .too_long = Bu şifre çok uzun.
    .common = Bu şifre çok yaygın. Tahmin edilmesi daha zor bir şifre seçin.
    .personal = Bu şifre adınıza veya e-posta adresinize çok benziyor. Başka bir şifre seçin.
    .mismatch = Şifreler eşleşmiyor.
    .invalid_character = Bu şifrede kullanılamayan bir karakter var. Başka bir şifre seçin.
    .unchanged = Bu, mevcut şifreniz. Başka bir şifre seçin.
    .breached = Bu şifre, başka bir sitedeki bir veri sızıntısında ortaya çıktı. Başka bir şifre seçin.
    .other = Bu şifre kullanılamaz. Başka bir şifre seçin.

changed =
    .signed_out = Tüm cihazlardaki oturumlarınız kapatıldı.
    .sign_in = Oturum aç
    .sign_in_text = Artık yeni şifrenizle oturum açabilirsiniz.

link =
    .request_new = Yeni bağlantı iste

link_missing =
    .title = E-postanızdaki bağlantıyı açın
    .text = Bu sayfa, size e-postayla gönderdiğimiz bağlantıyı gerektirir. Bağlantıyı e-postadan açın veya yenisini isteyin.

link_invalid =
    .title = Bu bağlantı çalışmıyor
    .text = Bağlantı eksik veya geçersiz. E-postadan yeniden açın ve tam olduğundan emin olun: bazı e-posta programları uzun bağlantıları böler.

link_expired =
    .title = Bu bağlantının süresi doldu
    .text = Hiçbir şey değiştirilmedi. Yeni bir bağlantı isteyin; henüz şifreniz yoksa sizi davet edenlere başvurun.

link_used =
    .title = Bu bağlantı kullanılmış
    .text = Bir bağlantı yalnızca bir kez ve hesabınız değişmediği sürece çalışır. Yeni bir şifre belirlediyseniz onunla oturum açın. Bunu siz yapmadıysanız hemen yeni bir bağlantı isteyin. Henüz şifreniz yoksa sizi davet edenlerden yeni bir bağlantı isteyin.

form =
    .correct = Aşağıda işaretlenen alanları düzeltin.
    .retry = Yeniden dene

error =
    .link_busy = Şifreniz daha önceki bir denemeyle kaydediliyor. Birkaç saniye bekleyin, ardından aynı şifreyi yeniden gönderin.
    .unavailable = Hizmetimiz geçici olarak kullanılamıyor. Hiçbir şey değiştirilmedi. Birazdan yeniden deneyin.

captcha =
    .rejected = Robot olmadığınızı doğrulayın, ardından yeniden deneyin.

## Elements

changed =
    .title = Yeni şifreniz belirlendi
    .text = Bundan sonra yalnızca bu şifre geçerli. Bu konuda bir e-posta alacaksınız.

blocked =
    .title = Tarayıcınız bu formu engelliyor
    .text = Bu form, tarayıcınızın güvenlik ayarlarının kapattığı WebAssembly’yi gerektirir. Daha basit sayfamız onsuz da çalışır.
    .continue = Daha basit sayfada devam et

not_set_up =
    .title = Bu sayfa doğru ayarlanmamış
    .text = Bu sizin hatanız değil. Daha sonra yeniden deneyin. Sorun sürerse bu sitenin sahibiyle iletişime geçin.

reset =
    .text = Başka hiçbir yerde kullanmadığınız bir şifre seçin.

link =
    .checking = Bağlantınız kontrol ediliyor…

form =
    .wait = Lütfen bekleyin…

error =
    .unreachable = Hizmetimiz yanıt vermedi. İnternet bağlantınızı kontrol edip yeniden deneyin.
    .confirm_unanswered = Hizmetimiz yanıt vermedi. Yeni şifreniz yine de kaydedilmiş olabilir. Emin olmak için aynı şifreyi yeniden gönderin: girdikleriniz hâlâ burada.
    .too_many_requests = Ağınızdan çok fazla istek geldi. { $time } bekleyin, ardından yeniden deneyin.

## Pages

page =
    .error = Hata: { $title }
    .help = Yardım mı gerekiyor?
    .link = Bağlantı bir kez çalışır ve { $lifetime } geçerlidir. E-postanın göndereni: { $from }.
    .correct = Düzeltip yeniden deneyin.
    .wait = İki istek arasında { $interval } bekleyin: daha erken yapılan bir istek ikinci bir e-posta göndermez.
    .limit = Gönderdiğimiz bir bağlantı çalıştığı sürece { $window } içinde en fazla { $count } e-posta göndeririz.
    .account = Hesap: { $address }.
    .changed_title = Şifreniz değiştirildi
    .changed = Eski şifreniz artık geçerli değil. Bu değişiklik hakkında bir e-posta alacaksınız.
    .already_changed = Bu formu gönderdiğinizde şifreniz zaten değiştirilmişti. İlk seçtiğiniz şifre geçerlidir.
    .expired = İstenen bağlantı { $lifetime } geçerlidir.
    .busy_title = Birazdan yeniden deneyin
    .limited_title = Çok fazla istek
    .limited = Ağınızdan çok fazla istek geldi. Bir dakika bekleyin, ardından yeniden deneyin.
    .captcha_script = Bu form, robot olmadığınızı denetlemek için JavaScript gerektirir. JavaScript’i açıp bu sayfayı yeniden yükleyin veya yardım isteyin: adres bu sayfanın en altındadır.
    .cookies = Az önce açtıysanız bu sayfa için çerezlere izin verin veya bağlantıyı başka bir tarayıcıda açın. Tarayıcı bir bağlantıyı 15 dakika saklar.
    .foreign_title = Bu form başka bir siteden geldi
    .foreign = Tarayıcınız, bu formu bizim sayfamızdan gönderdiğinizi doğrulamadı. Güvenlik için hiçbir şey değiştirilmedi.
    .foreign_forgot = Sayfamızı açın ve oradan yeniden deneyin.
    .foreign_reset = E-postanızdaki bağlantıyı yeniden açın. Bağlantının adresi: { $url }.
    .open = Sayfayı aç
    .open_again = Sayfayı yeniden aç
    .link_again = E-postanızdaki bağlantıyı yeniden açın
    .too_long = Form çok uzun süre açık kaldı veya tarayıcınız bu sayfa için çerez saklamıyor. Bu kez hiçbir şey değiştirilmedi ve bağlantınız kullanılmış sayılmadı.
    .changed_earlier = Önceki bir deneme yeni şifrenizi onayladıysa onunla oturum açın.
    .other_link = Bu tarayıcıda bu formun bağlantısı yok. Bu arada başka bağlantılar açmış olabilirsiniz. Hiçbir şey değiştirilmedi.
    .wanted_link = Kullanmak istediğiniz bağlantıyı kendi e-postasından yeniden açın.
    .too_large_title = Form çok büyük
    .too_large = Tarayıcınız bu formun alabileceğinden fazlasını gönderdi. Hiçbir şey değiştirilmedi.
    .failed_title = Bu işlem başarısız oldu
    .failed = Tarayıcınız bu sayfanın kabul etmediği bir şey gönderdi. Hiçbir şey değiştirilmedi.
    .unavailable_title = Şifre sıfırlama kullanılamıyor
    .unavailable = Şu anda şifrenizi buradan sıfırlayamazsınız. Şifreniz değişmedi.
    .unavailable_link = Bir bağlantınız varsa kullanılmış sayılmadı.
    .unavailable_contact = Oturum açamıyorsanız bizimle iletişime geçin.

first =
    .title = Bir şifre belirleyin
    .password = Şifre
    .repeat = Şifreyi onaylayın
    .submit = Şifreyi kaydet
    .rejected = Şifreniz kaydedilmedi ve bağlantınız kullanılmış sayılmadı.
    .missing = Bir şifre girin.
    .done_title = Şifreniz belirlendi
    .done = Bu konuda bir e-posta alacaksınız.
    .already = Bu formu gönderdiğinizde şifreniz zaten belirlenmişti. İlk seçtiğiniz şifre geçerlidir.
    .sign_in = Artık şifrenizle oturum açabilirsiniz.

## Mails

mail =
    .hello = Merhaba,
    .hello_name = Merhaba { $name },

mail_reset =
    .subject = { $application } şifrenizi sıfırlayın
    .intro = { $application } hesabınızın şifresini sıfırlamak için bir istek aldık. Yeni bir şifre belirlemek için bu bağlantıyı açın:
    .button = Yeni şifre belirle
    .copy = Veya bu adresi tarayıcınıza kopyalayın:
    .works = Bağlantı bir kez çalışır ve { $lifetime } geçerlidir (son kullanım: { $time }).
    .next = Bu bağlantı çalıştığı sürece, bu hesap için yapılan istekler şu zamandan önce başka bir bağlantı göndermeyebilir: { $time }.
    .both = Başka bir bağlantı isterseniz, biri kullanılana kadar ikisi de çalışır.
    .ignore = Bunu siz istemediyseniz bu e-postayı dikkate almayın. Şifreniz değişmedi ve bu bağlantı olmadan değiştirilemez.

mail_invitation =
    .subject = { $application } şifrenizi belirleyin
    .intro = Henüz şifresi olmayan bir { $application } hesabınız var. Bir şifre belirlemek için bu bağlantıyı açın:
    .button = Şifre belirle
    .ignore = Bunu beklemiyorsanız bu e-postayı dikkate almayın. Bu e-posta tek başına hiçbir şeyi değiştirmez.

mail_shared =
    .intro = { $application } üzerinde, birden fazla hesabın kullandığı bu e-posta adresi için bir şifre sıfırlama isteği aldık. Yeni bir şifre belirlemek için kendi hesabınızın bağlantısını açın:
    .account = Hesap { $number }
    .account_name = Hesap { $number }: { $name }
    .works = Her bağlantı bir kez çalışır, { $lifetime } geçerlidir (son kullanım: { $time }) ve yalnızca kendi hesabının şifresini değiştirir.
    .partial = Bu adresi kullanan diğer hesapların bağlantısı başka bir e-postadadır veya isterseniz gönderilir.
    .next = Bu bağlantılar çalıştığı sürece, bu hesaplar için yapılan istekler şu zamandan önce başka bağlantı göndermeyebilir: { $time }.
    .ignore = Tanımadığınız bir hesap varsa bağlantısını açmayın. Bunu siz istemediyseniz bu e-postayı dikkate almayın. Hiçbir şifre değişmedi ve bu bağlantılar olmadan hiçbiri değiştirilemez.

mail_ambiguous =
    .subject = { $application } şifre sıfırlama isteğiniz
    .intro = { $application } üzerinde bu e-posta adresi için bir şifre sıfırlama isteği aldık. Bu adres birden fazla hesaba ait olduğundan hangi şifrenin sıfırlanacağını bilmiyoruz.
    .username = İsteği siz yaptıysanız, e-posta adresiniz yerine kullanıcı adınızla yeni bir bağlantı isteyin.
    .ignore = Siz yapmadıysanız bu e-postayı dikkate almayın. Hiçbir şifre değişmedi.

mail_notice =
    .subject = { $application } şifreniz değiştirildi
    .subject_unknown = { $application } şifreniz değiştirilmiş olabilir
    .by_link = { $application } hesabınızın şifresi { $time } tarihinde, bu e-posta adresine gönderilen bir bağlantıyla değiştirildi.
    .signed_in = { $application } hesabınızın şifresi { $time } tarihinde, oturumu açık olan ve mevcut şifreyi giren biri tarafından değiştirildi.
    .unknown_by_link = { $time } tarihinde biri, bu e-posta adresine gönderilen bir bağlantıyla { $application } hesabınızın şifresini değiştirmeye çalıştı. Değiştirilip değiştirilmediğini belirleyemedik.
    .unknown_signed_in = { $time } tarihinde, oturumu açık olan ve mevcut şifreyi giren biri { $application } hesabınızın şifresini değiştirmeye çalıştı. Değiştirilip değiştirilmediğini belirleyemedik.
    .several_by_link = { $application } hesabınızın şifresi, bu e-posta adresine gönderilen bağlantılarla { $count } kez değiştirildi:
    .several_by_link_some = { $application } hesabınızın şifresi, bu e-posta adresine gönderilen bağlantılarla en az bir, en fazla { $count } kez değiştirildi:
    .several_by_link_unknown = { $application } hesabınızın şifresi, bu e-posta adresine gönderilen bağlantılarla en fazla { $count } kez değiştirilmiş olabilir:
    .several_signed_in = { $application } hesabınızın şifresi, oturumu açık olan ve mevcut şifreyi giren biri tarafından { $count } kez değiştirildi:
    .several_signed_in_some = { $application } hesabınızın şifresi, oturumu açık olan ve mevcut şifreyi giren biri tarafından en az bir, en fazla { $count } kez değiştirildi:
    .several_signed_in_unknown = { $application } hesabınızın şifresi, oturumu açık olan ve mevcut şifreyi giren biri tarafından en fazla { $count } kez değiştirilmiş olabilir:
    .network = Değişikliğin geldiği ağ: { $network }.
    .network_reported = { $application } kaynaklı bilgiye göre değişikliğin geldiği ağ: { $network }.
    .line_network = { $time }, ağ: { $network }
    .line_reported = { $time }, ağ: { $network } ({ $application } kaynaklı bilgi)
    .line_unknown = { $line } (sonuç bilinmiyor)
    .all_signed_out = Tüm cihazlardaki oturumlar kapatıldı.
    .may_be_signed_in = Daha önce oturum açılmış cihazlarda oturum hâlâ açık olabilir.
    .others_signed_out = Diğer tüm cihazlardaki oturumlar kapatıldı. Değişikliğin yapıldığı cihazda oturum hâlâ açık.
    .others_may_be_signed_in = Daha önce oturum açılmış diğer cihazlarda oturum hâlâ açık olabilir.
    .fine = Şifreyi siz değiştirdiyseniz bir şey yapmanız gerekmez.
    .secure = Siz değiştirmediyseniz başka biri e-postalarınızı okuyabiliyor olabilir. Önce e-posta hesabınızı güvenceye alın, ardından hemen bizimle iletişime geçin:
    .known = Siz değiştirmediyseniz başka biri eski şifrenizi biliyor veya oturumunuzun açık olduğu bir cihazı kullanıyor.
    .choose = Hemen yeni bir şifre belirleyin:
    .choose_ends = Hemen yeni bir şifre belirleyin; bu, tüm cihazlardaki oturumları kapatır:
    .contact = Ardından bizimle iletişime geçin:
    .contact_now = Hemen bizimle iletişime geçin:

mail_first =
    .subject = { $application } şifreniz belirlendi
    .subject_unknown = { $application } şifreniz belirlenmiş olabilir
    .by_link = { $application } hesabınızın ilk şifresi { $time } tarihinde, bu e-posta adresine gönderilen bir bağlantıyla belirlendi.
    .unknown = { $time } tarihinde biri, bu e-posta adresine gönderilen bir bağlantıyla { $application } hesabınızın ilk şifresini belirlemeye çalıştı. Belirlenip belirlenmediğini saptayamadık.
    .several = { $application } hesabınızın şifresi, bu e-posta adresine gönderilen bağlantılarla { $count } kez belirlendi veya değiştirildi:
    .several_some = { $application } hesabınızın şifresi, bu e-posta adresine gönderilen bağlantılarla en az bir, en fazla { $count } kez belirlendi veya değiştirildi:
    .several_unknown = { $application } hesabınızın şifresi, bu e-posta adresine gönderilen bağlantılarla en fazla { $count } kez belirlenmiş veya değiştirilmiş olabilir:
    .fine = Şifreyi siz belirlediyseniz bir şey yapmanız gerekmez.
    .secure = Siz belirlemediyseniz başka biri e-postalarınızı okuyabiliyor olabilir. Önce e-posta hesabınızı güvenceye alın, ardından hemen bizimle iletişime geçin:

## Dates and spans, by CLDR

span =
    .hours = { $count } saat
    .minutes = { $count } dakika
    .seconds = { $count } saniye

date =
    .months = Ocak, Şubat, Mart, Nisan, Mayıs, Haziran, Temmuz, Ağustos, Eylül, Ekim, Kasım, Aralık
    .long = { $day } { $month } { $year } { $time } UTC
    .short = { $day } { $month } { $time } UTC
