## Pages and elements

request =
    .title = Esqueceu sua senha?
    .text = Informe seu e-mail ou nome de usuário e enviaremos um link para você escolher uma nova senha. Até lá, sua senha atual continua valendo.
    .identifier = E-mail ou nome de usuário
    .identifier_missing = Informe seu e-mail ou nome de usuário.
    .identifier_invalid = Informe um único e-mail válido ou um nome de usuário.
    .submit = Enviar link de redefinição

sent =
    .title = Verifique seu e-mail
    .text = Se existir uma conta com os dados que você informou, um e-mail está a caminho do endereço dela. Abra o link desse e-mail para escolher uma nova senha.
    .help = Não recebeu o e-mail?
    .help_spam = Aguarde alguns minutos e verifique a pasta de spam.
    .help_address = Verifique se há erros no que você informou. A conta pode ter outro endereço de e-mail.

reset =
    .title = Escolha uma nova senha
    .signs_out = Sua sessão será encerrada em todos os dispositivos.
    .password = Nova senha
    .repeat = Confirmar nova senha
    .show = Mostrar senhas
    .hide = Ocultar senhas
    .submit = Alterar senha
    .rejected = Sua senha não foi alterada e seu link não foi usado.

password =
    .length = Use de { $min } a { $max }.
    .min = Use pelo menos { $min } caracteres.
    .max = Use no máximo { $max }.
    .characters = { $count } caracteres
    .bytes = { $count } caracteres (letras acentuadas e emojis contam como mais de um)
    .advice = Evite senhas comuns e seu próprio nome. Várias palavras sem relação entre si funcionam melhor.

reason =
    .missing = Informe uma nova senha.
    .too_short = Esta senha é muito curta.
    .too_long = Esta senha é muito longa.
    .common = Esta senha é muito comum. Escolha uma mais difícil de adivinhar.
    .personal = Esta senha é muito parecida com seu nome ou e-mail. Escolha outra.
    .mismatch = As senhas não coincidem.
    .invalid_character = Esta senha contém um caractere que não pode ser usado. Escolha outra.
    .unchanged = Esta é sua senha atual. Escolha outra.
    .breached = Esta senha apareceu em um vazamento de dados de outro site. Escolha outra.
    .other = Esta senha não pode ser usada. Escolha outra.

changed =
    .signed_out = Sua sessão foi encerrada em todos os dispositivos.
    .sign_in = Entrar
    .sign_in_text = Agora você pode entrar com sua nova senha.

link =
    .request_new = Solicitar um novo link

link_missing =
    .title = Abra o link do seu e-mail
    .text = Esta página precisa do link que enviamos por e-mail. Abra-o a partir do e-mail ou solicite um novo.

link_invalid =
    .title = Este link não funciona
    .text = O link está incompleto ou é inválido. Abra-o novamente a partir do e-mail e confira se está completo: alguns programas de e-mail quebram links longos.

link_expired =
    .title = Este link expirou
    .text = Nada foi alterado. Solicite um novo link ou, se você ainda não tem senha, peça um a quem convidou você.

link_used =
    .title = Este link já foi usado
    .text = Um link funciona uma única vez e somente enquanto sua conta não mudar. Se você já escolheu uma nova senha, entre com ela. Se não foi você, solicite um novo link agora. Se você ainda não tem senha, peça um novo link a quem convidou você.

form =
    .correct = Corrija os campos indicados abaixo.
    .retry = Tentar novamente

error =
    .link_busy = Uma tentativa anterior está salvando sua senha. Aguarde alguns segundos e envie a mesma senha novamente.
    .unavailable = Nosso serviço está temporariamente indisponível. Nada foi alterado. Tente novamente em instantes.

captcha =
    .rejected = Confirme que você não é um robô e tente novamente.

## Elements

changed =
    .title = Sua nova senha foi definida
    .text = A partir de agora, só esta senha funciona. Você receberá um e-mail sobre isso.

blocked =
    .title = Seu navegador bloqueia este formulário
    .text = Este formulário precisa do WebAssembly, que as configurações de segurança do seu navegador desativam. Nossa página mais simples funciona sem ele.
    .continue = Continuar na página mais simples

not_set_up =
    .title = Esta página não está configurada corretamente
    .text = A culpa não é sua. Tente novamente mais tarde. Se o problema continuar, entre em contato com o responsável pelo site.

reset =
    .text = Escolha uma senha que você não usa em nenhum outro lugar.

link =
    .checking = Verificando seu link…

form =
    .wait = Aguarde…

error =
    .unreachable = Nosso serviço não respondeu. Verifique sua conexão com a internet e tente novamente.
    .confirm_unanswered = Nosso serviço não respondeu. Sua nova senha pode ter sido salva mesmo assim. Para ter certeza, envie a mesma senha novamente: o que você digitou ainda está aqui.
    .too_many_requests = Muitas solicitações vieram da sua rede. Aguarde { $time } e tente novamente.

## Pages

page =
    .error = Erro: { $title }
    .help = Precisa de ajuda?
    .link = O link funciona uma única vez, por { $lifetime }. O e-mail vem de { $from }.
    .correct = Corrija os dados e tente novamente.
    .wait = Aguarde { $interval } entre duas solicitações: antes disso, nenhum segundo e-mail é enviado.
    .limit = Enquanto um link enviado por nós funcionar, enviamos no máximo { $count } em { $window }.
    .account = Para a conta de { $address }.
    .changed_title = Sua senha foi alterada
    .changed = Sua senha antiga não funciona mais. Você receberá um e-mail sobre esta alteração.
    .already_changed = Sua senha já tinha sido alterada quando você enviou este formulário. A senha que você escolheu primeiro é a que funciona.
    .expired = Um link solicitado funciona por { $lifetime }.
    .busy_title = Tente novamente em instantes
    .limited_title = Muitas solicitações
    .limited = Muitas solicitações vieram da sua rede. Aguarde um minuto e tente novamente.
    .captcha_script = Este formulário precisa do JavaScript para confirmar que você não é um robô. Ative o JavaScript e recarregue esta página ou peça ajuda: o endereço está no fim desta página.
    .cookies = Se você acabou de abri-lo, permita cookies para esta página ou abra o link em outro navegador. O navegador guarda um link por 15 minutos.
    .foreign_title = Este formulário veio de outro site
    .foreign = Seu navegador não confirmou que você enviou este formulário a partir da nossa página. Por segurança, nada foi alterado.
    .foreign_forgot = Abra nossa página e tente novamente por ela.
    .foreign_reset = Abra novamente o link do seu e-mail. Ele leva a { $url }.
    .open = Abrir a página
    .open_again = Abrir a página novamente
    .link_again = Abra novamente o link do seu e-mail
    .too_long = O formulário ficou aberto por muito tempo ou seu navegador não guarda cookies desta página. Desta vez nada foi alterado e seu link não foi usado.
    .changed_earlier = Se uma tentativa anterior confirmou sua nova senha, entre com ela.
    .other_link = Este navegador não tem o link deste formulário. Você pode ter aberto outros links desde então. Nada foi alterado.
    .wanted_link = Abra novamente, a partir do e-mail, o link que você quer usar.
    .too_large_title = O formulário é grande demais
    .too_large = Seu navegador enviou mais do que este formulário pode conter. Nada foi alterado.
    .failed_title = Não funcionou
    .failed = Seu navegador enviou algo que esta página não aceita. Nada foi alterado.
    .unavailable_title = A redefinição de senha não está disponível
    .unavailable = No momento, você não pode redefinir sua senha aqui. Sua senha não foi alterada.
    .unavailable_link = Se você tem um link, ele não foi usado.
    .unavailable_contact = Se você não consegue entrar, entre em contato conosco.

first =
    .title = Escolha uma senha
    .password = Senha
    .repeat = Confirmar senha
    .submit = Salvar senha
    .rejected = Sua senha não foi salva e seu link não foi usado.
    .missing = Informe uma senha.
    .done_title = Sua senha foi definida
    .done = Você receberá um e-mail sobre isso.
    .already = Sua senha já tinha sido definida quando você enviou este formulário. A senha que você escolheu primeiro é a que funciona.
    .sign_in = Agora você pode entrar com sua senha.

## Mails

mail =
    .hello = Olá,
    .hello_name = Olá, { $name },

mail_reset =
    .subject = Redefina sua senha de { $application }
    .intro = Recebemos uma solicitação para redefinir a senha da sua conta em { $application }. Para escolher uma nova senha, abra este link:
    .button = Escolher uma nova senha
    .copy = Ou copie este endereço no seu navegador:
    .works = O link funciona uma única vez, por { $lifetime }, até { $time }.
    .next = Enquanto este link funcionar, as solicitações para esta conta podem não enviar outro link antes de { $time }.
    .both = Se você solicitar outro link, os dois funcionam até que um deles seja usado.
    .ignore = Se você não fez esta solicitação, ignore este e-mail. Sua senha não foi alterada e não pode ser alterada sem este link.

mail_invitation =
    .subject = Escolha sua senha de { $application }
    .intro = Você tem uma conta em { $application } que ainda não tem senha. Para escolher uma, abra este link:
    .button = Escolher uma senha
    .ignore = Se você não esperava este e-mail, ignore-o. Este e-mail, por si só, não altera nada.

mail_shared =
    .intro = Recebemos uma solicitação para redefinir uma senha em { $application } para este endereço de e-mail, que várias contas usam. Para escolher uma nova senha, abra o link da sua conta:
    .account = Conta { $number }
    .account_name = Conta { $number }: { $name }
    .works = Cada link funciona uma única vez, por { $lifetime }, até { $time }, e altera somente a senha da própria conta.
    .partial = Outras contas com este endereço têm um link em outro e-mail, ou recebem um se você solicitar.
    .next = Enquanto estes links funcionarem, as solicitações para estas contas podem não enviar outros links antes de { $time }.
    .ignore = Se você não conhece uma conta, não abra o link dela. Se você não fez esta solicitação, ignore este e-mail. Nenhuma senha foi alterada e nenhuma pode ser alterada sem estes links.

mail_ambiguous =
    .subject = Redefinição da sua senha de { $application }
    .intro = Recebemos uma solicitação para redefinir uma senha em { $application } para este endereço de e-mail. Este endereço pertence a várias contas, por isso não sabemos qual senha redefinir.
    .username = Se você fez a solicitação, peça um novo link com seu nome de usuário em vez do seu endereço de e-mail.
    .ignore = Se você não a fez, ignore este e-mail. Nenhuma senha foi alterada.

mail_notice =
    .subject = Sua senha de { $application } foi alterada
    .subject_unknown = Sua senha de { $application } pode ter sido alterada
    .by_link = A senha da sua conta em { $application } foi alterada em { $time }, com um link enviado para este endereço de e-mail.
    .signed_in = A senha da sua conta em { $application } foi alterada em { $time }, por alguém que estava conectado e informou a senha atual.
    .unknown_by_link = Alguém com um link enviado para este endereço de e-mail tentou alterar a senha da sua conta em { $application } em { $time }. Não conseguimos determinar se ela foi alterada.
    .unknown_signed_in = Alguém que estava conectado e informou a senha atual tentou alterar a senha da sua conta em { $application } em { $time }. Não conseguimos determinar se ela foi alterada.
    .several_by_link =
        { $count ->
            [one] A senha da sua conta em { $application } foi alterada { $count } vez, com um link enviado para este endereço de e-mail:
           *[other] A senha da sua conta em { $application } foi alterada { $count } vezes, com links enviados para este endereço de e-mail:
        }
    .several_by_link_some = A senha da sua conta em { $application } foi alterada pelo menos uma vez e no máximo { $count } vezes, com links enviados para este endereço de e-mail:
    .several_by_link_unknown = A senha da sua conta em { $application } pode ter sido alterada até { $count } vezes, com links enviados para este endereço de e-mail:
    .several_signed_in =
        { $count ->
            [one] A senha da sua conta em { $application } foi alterada { $count } vez, por alguém que estava conectado e informou a senha atual:
           *[other] A senha da sua conta em { $application } foi alterada { $count } vezes, por alguém que estava conectado e informou a senha atual:
        }
    .several_signed_in_some = A senha da sua conta em { $application } foi alterada pelo menos uma vez e no máximo { $count } vezes, por alguém que estava conectado e informou a senha atual:
    .several_signed_in_unknown = A senha da sua conta em { $application } pode ter sido alterada até { $count } vezes, por alguém que estava conectado e informou a senha atual:
    .network = A alteração veio da rede { $network }.
    .network_reported = A alteração veio da rede { $network }, conforme informado por { $application }.
    .line_network = { $time }, da rede { $network }
    .line_reported = { $time }, da rede { $network }, conforme informado por { $application }
    .line_unknown = { $line } (o resultado é desconhecido)
    .all_signed_out = A sessão foi encerrada em todos os dispositivos.
    .may_be_signed_in = Dispositivos que já estavam conectados podem continuar conectados.
    .others_signed_out = A sessão foi encerrada em todos os outros dispositivos. O dispositivo que fez a alteração continua conectado.
    .others_may_be_signed_in = Outros dispositivos que já estavam conectados podem continuar conectados.
    .fine = Se foi você que a alterou, não precisa fazer nada.
    .secure = Se não foi você, outra pessoa pode conseguir ler seus e-mails. Proteja primeiro sua conta de e-mail e entre em contato conosco imediatamente:
    .known = Se não foi você, outra pessoa conhece sua senha antiga ou usa um dispositivo em que você estava conectado.
    .choose = Escolha uma nova senha imediatamente:
    .choose_ends = Escolha uma nova senha imediatamente, o que encerra a sessão em todos os dispositivos:
    .contact = Depois, entre em contato conosco:
    .contact_now = Entre em contato conosco imediatamente:

mail_first =
    .subject = Sua senha de { $application } foi definida
    .subject_unknown = Sua senha de { $application } pode ter sido definida
    .by_link = A primeira senha da sua conta em { $application } foi definida em { $time }, com um link enviado para este endereço de e-mail.
    .unknown = Alguém com um link enviado para este endereço de e-mail tentou definir a primeira senha da sua conta em { $application } em { $time }. Não conseguimos determinar se ela foi definida.
    .several = A senha da sua conta em { $application } foi definida ou alterada { $count } vezes, com links enviados para este endereço de e-mail:
    .several_some = A senha da sua conta em { $application } foi definida ou alterada pelo menos uma vez e no máximo { $count } vezes, com links enviados para este endereço de e-mail:
    .several_unknown = A senha da sua conta em { $application } pode ter sido definida ou alterada até { $count } vezes, com links enviados para este endereço de e-mail:
    .fine = Se foi você que a definiu, não precisa fazer nada.
    .secure = Se não foi você, outra pessoa pode conseguir ler seus e-mails. Proteja primeiro sua conta de e-mail e entre em contato conosco imediatamente:

## Dates and spans, by CLDR

span =
    .hours =
        { $count ->
            [one] { $count } hora
           *[other] { $count } horas
        }
    .minutes =
        { $count ->
            [one] { $count } minuto
           *[other] { $count } minutos
        }
    .seconds =
        { $count ->
            [one] { $count } segundo
           *[other] { $count } segundos
        }

date =
    .months = janeiro, fevereiro, março, abril, maio, junho, julho, agosto, setembro, outubro, novembro, dezembro
    .long = { $day } de { $month } de { $year }, { $time } UTC
    .short = { $day } de { $month }, { $time } UTC
