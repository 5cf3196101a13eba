## Pages and elements

request =
    .title = ¿Ha olvidado su contraseña?
    .text = Introduzca su correo electrónico o su nombre de usuario y le enviaremos un enlace para elegir una nueva contraseña. Hasta entonces, su contraseña actual sigue siendo válida.
    .identifier = Correo electrónico o nombre de usuario
    .identifier_missing = Introduzca su correo electrónico o su nombre de usuario.
    .identifier_invalid = Introduzca una sola dirección de correo válida o un nombre de usuario.
    .submit = Enviar enlace de restablecimiento

sent =
    .title = Revise su correo
    .text = Si hay una cuenta que coincide con lo que ha introducido, hay un correo en camino a su dirección. Abra el enlace de ese correo para elegir una nueva contraseña.
    .help = ¿No ha recibido el correo?
    .help_spam = Espere unos minutos y revise la carpeta de correo no deseado.
    .help_address = Compruebe que no haya errores en lo que ha introducido. Es posible que la cuenta tenga otra dirección de correo.

reset =
    .title = Elija una nueva contraseña
    .signs_out = Se cerrará su sesión en todos los dispositivos.
    .password = Nueva contraseña
    .repeat = Confirme la nueva contraseña
    .show = Mostrar contraseñas
    .hide = Ocultar contraseñas
    .submit = Cambiar contraseña
    .rejected = Su contraseña no se ha cambiado y su enlace no se ha usado.

password =
    .length = Use de { $min } a { $max }.
    .min = Use al menos { $min } caracteres.
    .max = Use como máximo { $max }.
    .characters = { $count } caracteres
    .bytes = { $count } caracteres (las letras con tilde y los emojis cuentan como varios)
    .advice = Evite las contraseñas comunes y su propio nombre. Lo mejor son varias palabras sin relación entre sí.

reason =
    .missing = Introduzca una nueva contraseña.
    .too_short = Esta contraseña es demasiado corta.
    .too_long = Esta contraseña es demasiado larga.
    .common = Esta contraseña es demasiado común. Elija una más difícil de adivinar.
    .personal = Esta contraseña se parece demasiado a su nombre o a su dirección de correo. Elija otra.
    .mismatch = Las contraseñas no coinciden.
    .invalid_character = Esta contraseña contiene un carácter que no se puede usar. Elija otra.
    .unchanged = Esta es su contraseña actual. Elija otra.
    .breached = Esta contraseña aparece en una filtración de datos de otro sitio. Elija otra.
    .other = Esta contraseña no se puede usar. Elija otra.

changed =
    .signed_out = Se ha cerrado su sesión en todos los dispositivos.
    .sign_in = Iniciar sesión
    .sign_in_text = Ya puede iniciar sesión con su nueva contraseña.

link =
    .request_new = Solicitar un nuevo enlace

link_missing =
    .title = Abra el enlace de su correo
    .text = Esta página necesita el enlace que le enviamos por correo. Ábralo desde el correo o solicite uno nuevo.

link_invalid =
    .title = Este enlace no funciona
    .text = El enlace está incompleto o no es válido. Ábralo de nuevo desde el correo y compruebe que está completo: algunos programas de correo cortan los enlaces largos.

link_expired =
    .title = Este enlace ha caducado
    .text = No se ha cambiado nada. Solicite un nuevo enlace o, si aún no tiene contraseña, pídalo a quien le invitó.

link_used =
    .title = Este enlace ya se ha utilizado
    .text = Un enlace funciona una sola vez y solo mientras su cuenta no cambie. Si ya ha elegido una nueva contraseña, inicie sesión con ella. Si no ha sido usted, solicite ahora un nuevo enlace. Si aún no tiene contraseña, pida un nuevo enlace a quien le invitó.

form =
    .correct = Corrija los campos señalados a continuación.
    .retry = Volver a intentarlo

error =
    .link_busy = Un intento anterior está guardando su contraseña. Espere unos segundos y envíe de nuevo la misma contraseña.
    .unavailable = Nuestro servicio no está disponible temporalmente. No se ha cambiado nada. Vuelva a intentarlo en un momento.

captcha =
    .rejected = Confirme que no es un robot e inténtelo de nuevo.

## Elements

changed =
    .title = Su nueva contraseña se ha establecido
    .text = A partir de ahora solo funciona esta contraseña. Recibirá un correo al respecto.

blocked =
    .title = Su navegador bloquea este formulario
    .text = Este formulario necesita WebAssembly, que la configuración de seguridad de su navegador desactiva. Nuestra página más sencilla funciona sin él.
    .continue = Continuar en la página más sencilla

not_set_up =
    .title = Esta página no está bien configurada
    .text = No es culpa suya. Vuelva a intentarlo más tarde. Si el problema continúa, póngase en contacto con el responsable del sitio.

reset =
    .text = Elija una contraseña que no use en ningún otro sitio.

link =
    .checking = Comprobando su enlace…

form =
    .wait = Espere, por favor…

error =
    .unreachable = Nuestro servicio no ha respondido. Compruebe su conexión a Internet y vuelva a intentarlo.
    .confirm_unanswered = Nuestro servicio no ha respondido. Es posible que su nueva contraseña se haya guardado de todos modos. Para asegurarse, envíe de nuevo la misma contraseña: lo que ha introducido sigue aquí.
    .too_many_requests = Han llegado demasiadas solicitudes desde su red. Espere { $time } y vuelva a intentarlo.

## Pages

page =
    .error = Error: { $title }
    .help = ¿Necesita ayuda?
    .link = El enlace funciona una sola vez, durante { $lifetime }. El correo llega de { $from }.
    .correct = Corrija lo que ha introducido y vuelva a intentarlo.
    .wait = Espere { $interval } entre dos solicitudes: una anterior a ese plazo no envía un segundo correo.
    .limit = Mientras funcione un enlace que le hayamos enviado, enviamos como máximo { $count } en { $window }.
    .account = Para la cuenta de { $address }.
    .changed_title = Su contraseña se ha cambiado
    .changed = Su contraseña anterior ya no funciona. Recibirá un correo sobre este cambio.
    .already_changed = Su contraseña ya se había cambiado cuando envió este formulario. La contraseña que eligió primero es la que funciona.
    .expired = Un enlace solicitado funciona durante { $lifetime }.
    .busy_title = Vuelva a intentarlo en un momento
    .limited_title = Demasiadas solicitudes
    .limited = Han llegado demasiadas solicitudes desde su red. Espere un minuto y vuelva a intentarlo.
    .captcha_script = Este formulario necesita JavaScript para comprobar que usted no es un robot. Active JavaScript y vuelva a cargar esta página, o pida ayuda: la dirección está al pie de esta página.
    .cookies = Si acaba de abrirlo, permita las cookies en esta página o abra el enlace en otro navegador. El navegador conserva un enlace durante 15 minutos.
    .foreign_title = Este formulario procede de otro sitio
    .foreign = Su navegador no ha confirmado que haya enviado este formulario desde nuestra página. Por seguridad, no se ha cambiado nada.
    .foreign_forgot = Abra nuestra página y vuelva a intentarlo desde ella.
    .foreign_reset = Abra de nuevo el enlace de su correo. Lleva a { $url }.
    .open = Abrir la página
    .open_again = Abrir la página de nuevo
    .link_again = Abra de nuevo el enlace de su correo
    .too_long = El formulario ha estado abierto demasiado tiempo o su navegador no guarda cookies de esta página. Esta vez no se ha cambiado nada y su enlace no se ha usado.
    .changed_earlier = Si un intento anterior confirmó su nueva contraseña, inicie sesión con ella.
    .other_link = Este navegador no tiene el enlace de este formulario. Es posible que haya abierto otros enlaces desde entonces. No se ha cambiado nada.
    .wanted_link = Abra de nuevo, desde su correo, el enlace que quiera usar.
    .too_large_title = El formulario es demasiado grande
    .too_large = Su navegador ha enviado más de lo que este formulario puede contener. No se ha cambiado nada.
    .failed_title = No ha funcionado
    .failed = Su navegador ha enviado algo que esta página no acepta. No se ha cambiado nada.
    .unavailable_title = El restablecimiento de contraseñas no está disponible
    .unavailable = En este momento no puede restablecer su contraseña aquí. Su contraseña no se ha cambiado.
    .unavailable_link = Si tiene un enlace, no se ha usado.
    .unavailable_contact = Si no puede iniciar sesión, póngase en contacto con nosotros.

first =
    .title = Elija una contraseña
    .password = Contraseña
    .repeat = Confirme la contraseña
    .submit = Guardar contraseña
    .rejected = Su contraseña no se ha guardado y su enlace no se ha usado.
    .missing = Introduzca una contraseña.
    .done_title = Su contraseña se ha establecido
    .done = Recibirá un correo al respecto.
    .already = Su contraseña ya se había establecido cuando envió este formulario. La contraseña que eligió primero es la que funciona.
    .sign_in = Ya puede iniciar sesión con su contraseña.

## Mails

mail =
    .hello = Hola:
    .hello_name = Hola, { $name }:

mail_reset =
    .subject = Restablezca su contraseña de { $application }
    .intro = Hemos recibido una solicitud para restablecer la contraseña de su cuenta de { $application }. Para elegir una nueva contraseña, abra este enlace:
    .button = Elegir una nueva contraseña
    .copy = O copie esta dirección en su navegador:
    .works = El enlace funciona una sola vez, durante { $lifetime }, hasta el { $time }.
    .next = Mientras este enlace funcione, es posible que las solicitudes para esta cuenta no envíen otro enlace antes del { $time }.
    .both = Si solicita otro enlace, ambos funcionan hasta que se use uno de ellos.
    .ignore = Si no lo ha solicitado, ignore este correo. Su contraseña no se ha cambiado y no se puede cambiar sin este enlace.

mail_invitation =
    .subject = Elija su contraseña de { $application }
    .intro = Tiene una cuenta de { $application } que aún no tiene contraseña. Para elegir una, abra este enlace:
    .button = Elegir una contraseña
    .ignore = Si no esperaba este correo, ignórelo. Este correo por sí solo no cambia nada.

mail_shared =
    .intro = Hemos recibido una solicitud para restablecer una contraseña de { $application } para esta dirección de correo, que usan varias cuentas. Para elegir una nueva contraseña, abra el enlace de su cuenta:
    .account = Cuenta { $number }
    .account_name = Cuenta { $number }: { $name }
    .works = Cada enlace funciona una sola vez, durante { $lifetime }, hasta el { $time }, y cambia únicamente la contraseña de su propia cuenta.
    .partial = Otras cuentas con esta dirección tienen un enlace en otro correo, o reciben uno si lo solicita.
    .next = Mientras estos enlaces funcionen, es posible que las solicitudes para estas cuentas no envíen otros enlaces antes del { $time }.
    .ignore = Si no conoce una cuenta, no abra su enlace. Si no lo ha solicitado, ignore este correo. No se ha cambiado ninguna contraseña y no se puede cambiar ninguna sin estos enlaces.

mail_ambiguous =
    .subject = Restablecimiento de su contraseña de { $application }
    .intro = Hemos recibido una solicitud para restablecer una contraseña de { $application } para esta dirección de correo. Esta dirección pertenece a varias cuentas, por lo que no sabemos qué contraseña restablecer.
    .username = Si ha hecho la solicitud, pida un nuevo enlace con su nombre de usuario en lugar de su dirección de correo.
    .ignore = Si no la ha hecho, ignore este correo. No se ha cambiado ninguna contraseña.

mail_notice =
    .subject = Su contraseña de { $application } se ha cambiado
    .subject_unknown = Es posible que su contraseña de { $application } se haya cambiado
    .by_link = La contraseña de su cuenta de { $application } se cambió el { $time }, con un enlace enviado a esta dirección de correo.
    .signed_in = La contraseña de su cuenta de { $application } se cambió el { $time }, por alguien que había iniciado sesión e introdujo la contraseña actual.
    .unknown_by_link = Alguien con un enlace enviado a esta dirección de correo intentó cambiar la contraseña de su cuenta de { $application } el { $time }. No hemos podido determinar si se cambió.
    .unknown_signed_in = Alguien que había iniciado sesión e introdujo la contraseña actual intentó cambiar la contraseña de su cuenta de { $application } el { $time }. No hemos podido determinar si se cambió.
    .several_by_link =
        { $count ->
            [one] La contraseña de su cuenta de { $application } se cambió { $count } vez, con un enlace enviado a esta dirección de correo:
           *[other] La contraseña de su cuenta de { $application } se cambió { $count } veces, con enlaces enviados a esta dirección de correo:
        }
    .several_by_link_some = La contraseña de su cuenta de { $application } se cambió al menos una vez y como máximo { $count } veces, con enlaces enviados a esta dirección de correo:
    .several_by_link_unknown = Es posible que la contraseña de su cuenta de { $application } se haya cambiado hasta { $count } veces, con enlaces enviados a esta dirección de correo:
    .several_signed_in =
        { $count ->
            [one] La contraseña de su cuenta de { $application } se cambió { $count } vez, por alguien que había iniciado sesión e introdujo la contraseña actual:
           *[other] La contraseña de su cuenta de { $application } se cambió { $count } veces, por alguien que había iniciado sesión e introdujo la contraseña actual:
        }
    .several_signed_in_some = La contraseña de su cuenta de { $application } se cambió al menos una vez y como máximo { $count } veces, por alguien que había iniciado sesión e introdujo la contraseña actual:
    .several_signed_in_unknown = Es posible que la contraseña de su cuenta de { $application } se haya cambiado hasta { $count } veces, por alguien que había iniciado sesión e introdujo la contraseña actual:
    .network = El cambio procede de la red { $network }.
    .network_reported = El cambio procede de la red { $network }, según { $application }.
    .line_network = { $time }, desde la red { $network }
    .line_reported = { $time }, desde la red { $network }, según { $application }
    .line_unknown = { $line } (el resultado es desconocido)
    .all_signed_out = Se ha cerrado la sesión en todos los dispositivos.
    .may_be_signed_in = Es posible que los dispositivos con sesión iniciada la conserven.
    .others_signed_out = Se ha cerrado la sesión en todos los demás dispositivos. El dispositivo desde el que se hizo el cambio mantiene la sesión.
    .others_may_be_signed_in = Es posible que otros dispositivos con sesión iniciada la conserven.
    .fine = Si la ha cambiado usted, no tiene que hacer nada.
    .secure = Si no la ha cambiado usted, es posible que otra persona pueda leer su correo. Proteja primero su cuenta de correo y póngase en contacto con nosotros de inmediato:
    .known = Si no la ha cambiado usted, otra persona conoce su contraseña anterior o usa un dispositivo en el que usted había iniciado sesión.
    .choose = Elija una nueva contraseña de inmediato:
    .choose_ends = Elija una nueva contraseña de inmediato, lo que cierra la sesión en todos los dispositivos:
    .contact = Después, póngase en contacto con nosotros:
    .contact_now = Póngase en contacto con nosotros de inmediato:

mail_first =
    .subject = Su contraseña de { $application } se ha establecido
    .subject_unknown = Es posible que su contraseña de { $application } se haya establecido
    .by_link = La primera contraseña de su cuenta de { $application } se estableció el { $time }, con un enlace enviado a esta dirección de correo.
    .unknown = Alguien con un enlace enviado a esta dirección de correo intentó establecer la primera contraseña de su cuenta de { $application } el { $time }. No hemos podido determinar si se estableció.
    .several = La contraseña de su cuenta de { $application } se estableció o cambió { $count } veces, con enlaces enviados a esta dirección de correo:
    .several_some = La contraseña de su cuenta de { $application } se estableció o cambió al menos una vez y como máximo { $count } veces, con enlaces enviados a esta dirección de correo:
    .several_unknown = Es posible que la contraseña de su cuenta de { $application } se haya establecido o cambiado hasta { $count } veces, con enlaces enviados a esta dirección de correo:
    .fine = Si la ha establecido usted, no tiene que hacer nada.
    .secure = Si no la ha establecido usted, es posible que otra persona pueda leer su correo. Proteja primero su cuenta de correo y póngase en contacto con nosotros de inmediato:

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
    .months = enero, febrero, marzo, abril, mayo, junio, julio, agosto, septiembre, octubre, noviembre, diciembre
    .long = { $day } de { $month } de { $year }, { $time } UTC
    .short = { $day } de { $month }, { $time } UTC
