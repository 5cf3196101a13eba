## Pages and elements

request =
    .title = 忘记密码？
    .text = 请输入您的电子邮箱地址或用户名，我们会向您发送用于设置新密码的链接。在此之前，您当前的密码仍然有效。
    .identifier = 电子邮箱地址或用户名
    .identifier_missing = 请输入您的电子邮箱地址或用户名。
    .identifier_invalid = 请输入一个有效的电子邮箱地址或用户名。
    .submit = 发送重置链接

sent =
    .title = 请查收邮件
    .text = 如果有与您输入的信息匹配的账号，我们正在向其邮箱发送邮件。请打开邮件中的链接设置新密码。
    .help = 没有收到邮件？
    .help_spam = 请等待几分钟，并检查垃圾邮件文件夹。
    .help_address = 请检查您输入的信息是否有误。该账号可能使用了其他电子邮箱地址。

reset =
    .title = 设置新密码
    .signs_out = 您将在所有设备上退出登录。
    .password = 新密码
    .repeat = 确认新密码
    .show = 显示密码
    .hide = 隐藏密码
    .submit = 更改密码
    .rejected = 您的密码未更改，链接仍可使用。

password =
    .length = 请使用 { $min } 到 { $max }。
    .min = 请使用至少 { $min } 个字符。
    .max = 请使用最多 { $max }。
    .characters = { $count } 个字符
    .bytes = { $count } 个字符（汉字和表情符号按多个字符计算）
    .advice = 请避免使用常见密码和您自己的姓名。最好使用几个互不相关的词语。

reason =
    .missing = 请输入新密码。
    .too_short = 此密码太短。
    .too_long = 此密码太长。
    .common = 此密码太常见。请设置一个更难猜到的密码。
    .personal = 此密码与您的姓名或电子邮箱地址过于相似。请设置其他密码。
    .mismatch = 两次输入的密码不一致。
    .invalid_character = 此密码包含不能使用的字符。请设置其他密码。
    .unchanged = 这是您当前的密码。请设置其他密码。
    .breached = 此密码曾出现在其他网站的数据泄露中。请设置其他密码。
    .other = 此密码不能使用。请设置其他密码。

changed =
    .signed_out = 您已在所有设备上退出登录。
    .sign_in = 登录
    .sign_in_text = 您现在可以使用新密码登录。

link =
    .request_new = 获取新链接

link_missing =
    .title = 请打开邮件中的链接
    .text = 此页面需要我们通过邮件发送给您的链接。请从邮件中打开该链接，或获取新链接。

link_invalid =
    .title = 此链接无法使用
    .text = 该链接不完整或无效。请从邮件中重新打开，并确保链接完整：某些邮件程序会截断较长的链接。

link_expired =
    .title = 此链接已过期
    .text = 未更改任何内容。请获取新链接；如果您尚未设置密码，请联系邀请您的人。

link_used =
    .title = 此链接已被使用
    .text = 链接只能使用一次，并且仅在您的账号未发生变化时有效。如果您已设置新密码，请使用新密码登录。如果不是您本人操作，请立即获取新链接。如果您尚未设置密码，请联系邀请您的人获取新链接。

form =
    .correct = 请更正下面标出的内容。
    .retry = 重试

error =
    .link_busy = 之前的操作正在保存您的密码。请等待几秒钟，然后再次提交相同的密码。
    .unavailable = 我们的服务暂时不可用。未做任何更改。请稍后重试。

captcha =
    .rejected = 请确认您不是机器人，然后重试。

## Elements

changed =
    .title = 您的新密码已设置
    .text = 从现在起，只有此密码有效。您将收到一封相关邮件。

blocked =
    .title = 您的浏览器阻止了此表单
    .text = 此表单需要 WebAssembly，而您浏览器的安全设置已将其关闭。我们的简易页面无需它即可使用。
    .continue = 前往简易页面

not_set_up =
    .title = 此页面设置有误
    .text = 这不是您的问题。请稍后重试。如果问题仍然存在，请联系网站所有者。

reset =
    .text = 请设置一个您未在其他地方使用的密码。

link =
    .checking = 正在检查您的链接…

form =
    .wait = 请稍候…

error =
    .unreachable = 我们的服务没有响应。请检查您的网络连接，然后重试。
    .confirm_unanswered = 我们的服务没有响应。您的新密码可能已经保存。为确认起见，请再次提交相同的密码：您输入的内容仍在此处。
    .too_many_requests = 来自您网络的请求过多。请等待{ $time }，然后重试。

## Pages

page =
    .error = 错误：{ $title }
    .help = 需要帮助？
    .link = 该链接只能使用一次，有效期为 { $lifetime }。邮件的发件人是 { $from }。
    .correct = 请更正后重试。
    .wait = 两次请求之间请等待 { $interval }：过早的请求不会再次发送邮件。
    .limit = 在我们发送给您的链接有效期间，我们每 { $window }最多发送 { $count } 封邮件。
    .account = 账号：{ $address }
    .changed_title = 您的密码已更改
    .changed = 您的旧密码已失效。您将收到一封有关此次更改的邮件。
    .already_changed = 您提交此表单时，密码已经更改。您最先设置的密码有效。
    .expired = 您请求获取的链接有效期为 { $lifetime }。
    .busy_title = 请稍后重试
    .limited_title = 请求过多
    .limited = 来自您网络的请求过多。请等待一分钟，然后重试。
    .captcha_script = 此表单需要 JavaScript 来确认您不是机器人。请启用 JavaScript 并重新加载此页面，或寻求帮助：联系地址在此页面底部。
    .cookies = 如果您刚刚打开链接，请允许此页面使用 Cookie，或在其他浏览器中打开链接。浏览器会将链接保留 15 分钟。
    .foreign_title = 此表单来自其他网站
    .foreign = 您的浏览器未能确认此表单是从我们的页面提交的。为安全起见，未做任何更改。
    .foreign_forgot = 请打开我们的页面并在那里重试。
    .foreign_reset = 请重新打开邮件中的链接。该链接指向 { $url }。
    .open = 打开页面
    .open_again = 重新打开页面
    .link_again = 请重新打开邮件中的链接
    .too_long = 表单打开时间过长，或者您的浏览器不为此页面保存 Cookie。本次未做任何更改，您的链接仍可使用。
    .changed_earlier = 如果之前的操作已确认新密码设置成功，请使用该密码登录。
    .other_link = 此浏览器中没有此表单的链接。您可能已打开其他链接。未做任何更改。
    .wanted_link = 请从相应的邮件中重新打开您要使用的链接。
    .too_large_title = 表单内容过大
    .too_large = 您的浏览器提交的内容超出了此表单的限制。未做任何更改。
    .failed_title = 操作未成功
    .failed = 您的浏览器提交了此页面不接受的内容。未做任何更改。
    .unavailable_title = 密码重置暂不可用
    .unavailable = 您目前无法在此重置密码。您的密码未更改。
    .unavailable_link = 如果您有链接，该链接仍可使用。
    .unavailable_contact = 如果您无法登录，请联系我们。

first =
    .title = 设置密码
    .password = 密码
    .repeat = 确认密码
    .submit = 保存密码
    .rejected = 您的密码未保存，链接仍可使用。
    .missing = 请输入密码。
    .done_title = 您的密码已设置
    .done = 您将收到一封相关邮件。
    .already = 您提交此表单时，密码已经设置。您最先设置的密码有效。
    .sign_in = 您现在可以使用密码登录。

## Mails

mail =
    .hello = 您好：
    .hello_name = { $name }，您好：

mail_reset =
    .subject = 重置您的 { $application } 密码
    .intro = 我们收到了重置您 { $application } 账号密码的请求。如要设置新密码，请打开以下链接：
    .button = 设置新密码
    .copy = 或将以下地址复制到浏览器中：
    .works = 该链接只能使用一次，有效期为 { $lifetime }，至 { $time }。
    .next = 在此链接有效期间，针对此账号的请求在 { $time } 之前可能不会再发送其他链接。
    .both = 如果您再次获取链接，在其中一个被使用之前，两个链接都有效。
    .ignore = 如果这不是您的请求，请忽略此邮件。您的密码未更改，没有此链接也无法更改。

mail_invitation =
    .subject = 设置您的 { $application } 密码
    .intro = 您的 { $application } 账号尚未设置密码。如要设置密码，请打开以下链接：
    .button = 设置密码
    .ignore = 如果您不知道为何收到此邮件，请忽略。仅凭此邮件不会更改任何内容。

mail_shared =
    .intro = 我们收到了为此电子邮箱地址重置 { $application } 密码的请求，有多个账号使用此地址。如要设置新密码，请打开您账号对应的链接：
    .account = 账号 { $number }
    .account_name = 账号 { $number }：{ $name }
    .works = 每个链接只能使用一次，有效期为 { $lifetime }，至 { $time }，并且只会更改对应账号的密码。
    .partial = 使用此地址的其他账号的链接在另一封邮件中，或在您请求后发送。
    .next = 在这些链接有效期间，针对这些账号的请求在 { $time } 之前可能不会再发送其他链接。
    .ignore = 如果您不认识某个账号，请不要打开其链接。如果这不是您的请求，请忽略此邮件。没有密码被更改，没有这些链接也无法更改任何密码。

mail_ambiguous =
    .subject = 您的 { $application } 密码重置
    .intro = 我们收到了为此电子邮箱地址重置 { $application } 密码的请求。此地址属于多个账号，因此我们无法确定要重置哪个密码。
    .username = 如果这是您的请求，请使用用户名而不是电子邮箱地址获取新链接。
    .ignore = 如果不是，请忽略此邮件。没有密码被更改。

mail_notice =
    .subject = 您的 { $application } 密码已更改
    .subject_unknown = 您的 { $application } 密码可能已更改
    .by_link = 您的 { $application } 账号密码已于 { $time } 通过发送到此电子邮箱地址的链接更改。
    .signed_in = 您的 { $application } 账号密码已于 { $time } 更改，更改者当时已登录并输入了当前密码。
    .unknown_by_link = 有人于 { $time } 使用发送到此电子邮箱地址的链接，尝试更改您的 { $application } 账号密码。我们无法确定密码是否已更改。
    .unknown_signed_in = 有人于 { $time } 在已登录并输入当前密码的情况下，尝试更改您的 { $application } 账号密码。我们无法确定密码是否已更改。
    .several_by_link = 您的 { $application } 账号密码已通过发送到此电子邮箱地址的链接更改 { $count } 次：
    .several_by_link_some = 您的 { $application } 账号密码已通过发送到此电子邮箱地址的链接更改至少 1 次、至多 { $count } 次：
    .several_by_link_unknown = 您的 { $application } 账号密码可能已通过发送到此电子邮箱地址的链接更改（最多 { $count } 次）：
    .several_signed_in = 您的 { $application } 账号密码已更改 { $count } 次，更改者当时已登录并输入了当前密码：
    .several_signed_in_some = 您的 { $application } 账号密码已更改至少 1 次、至多 { $count } 次，更改者当时已登录并输入了当前密码：
    .several_signed_in_unknown = 您的 { $application } 账号密码可能已更改（最多 { $count } 次），操作者当时已登录并输入了当前密码：
    .network = 此次更改来自网络 { $network }。
    .network_reported = 据 { $application } 报告，此次更改来自网络 { $network }。
    .line_network = { $time }，来自网络 { $network }
    .line_reported = { $time }，来自网络 { $network }（据 { $application } 报告）
    .line_unknown = { $line }（结果未知）
    .all_signed_out = 所有设备均已退出登录。
    .may_be_signed_in = 之前已登录的设备可能仍处于登录状态。
    .others_signed_out = 所有其他设备均已退出登录。进行更改的设备仍处于登录状态。
    .others_may_be_signed_in = 之前已登录的其他设备可能仍处于登录状态。
    .fine = 如果是您本人更改的，则无需任何操作。
    .secure = 如果不是您本人更改的，可能有其他人能够阅读您的邮件。请先确保您的邮箱账号安全，然后立即联系我们：
    .known = 如果不是您本人更改的，则有其他人知道您的旧密码，或在使用您已登录的设备。
    .choose = 请立即设置新密码：
    .choose_ends = 请立即设置新密码，此操作会使所有设备退出登录：
    .contact = 然后联系我们：
    .contact_now = 请立即联系我们：

mail_first =
    .subject = 您的 { $application } 密码已设置
    .subject_unknown = 您的 { $application } 密码可能已设置
    .by_link = 您的 { $application } 账号的首个密码已于 { $time } 通过发送到此电子邮箱地址的链接设置。
    .unknown = 有人于 { $time } 使用发送到此电子邮箱地址的链接，尝试设置您的 { $application } 账号的首个密码。我们无法确定密码是否已设置。
    .several = 您的 { $application } 账号密码已通过发送到此电子邮箱地址的链接设置或更改 { $count } 次：
    .several_some = 您的 { $application } 账号密码已通过发送到此电子邮箱地址的链接设置或更改至少 1 次、至多 { $count } 次：
    .several_unknown = 您的 { $application } 账号密码可能已通过发送到此电子邮箱地址的链接设置或更改（最多 { $count } 次）：
    .fine = 如果是您本人设置的，则无需任何操作。
    .secure = 如果不是您本人设置的，可能有其他人能够阅读您的邮件。请先确保您的邮箱账号安全，然后立即联系我们：

## Dates and spans, by CLDR

span =
    .hours = { $count } 小时
    .minutes = { $count } 分钟
    .seconds = { $count } 秒

date =
    .months = 1月, 2月, 3月, 4月, 5月, 6月, 7月, 8月, 9月, 10月, 11月, 12月
    .long = { $year }年{ $month }{ $day }日 { $time } UTC
    .short = { $month }{ $day }日 { $time } UTC
