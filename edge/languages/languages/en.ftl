## Pages and elements

request =
    .title = Forgot your password?
    .text = Enter your email address or username, and we will send you a link to choose a new password. Your current password works until then.
    .identifier = Email address or username
    .identifier_missing = Enter your email address or username.
    .identifier_invalid = Enter one valid email address or username.
    .submit = Send reset link

sent =
    .title = Check your email
    .text = If an account matches what you entered, an email is on its way to its address. Open the link in that email to choose a new password.
    .help = Didn’t get the email?
    .help_spam = Wait a few minutes, and check your spam folder.
    .help_address = Check what you entered for mistakes. The account may have a different email address.

reset =
    .title = Choose a new password
    .signs_out = You will be signed out on all devices.
    .password = New password
    .repeat = Confirm new password
    .show = Show passwords
    .hide = Hide passwords
    .submit = Change password
    .rejected = Your password was not changed, and your link was not used up.

password =
    .length = Use { $min } to { $max }.
    .min = Use at least { $min } characters.
    .max = Use at most { $max }.
    .characters = { $count } characters
    .bytes = { $count } characters (accented letters and emoji count as more than one)
    .advice = Avoid common passwords and your own name. Several unrelated words work best.

reason =
    .missing = Enter a new password.
    .too_short = This password is too short.
    .too_long = This password is too long.
    .common = This password is too common. Choose one that is harder to guess.
    .personal = This password is too similar to your name or email address. Choose a different one.
    .mismatch = The passwords do not match.
    .invalid_character = This password contains a character that cannot be used. Choose a different one.
    .unchanged = This is your current password. Choose a different one.
    .breached = This password is known from a data breach of another site. Choose a different one.
    .other = This password cannot be used. Choose a different one.

changed =
    .signed_out = You have been signed out on all devices.
    .sign_in = Sign in
    .sign_in_text = You can now sign in with your new password.

link =
    .request_new = Request a new link

link_missing =
    .title = Open the link in your email
    .text = This page needs the link that we sent you by email. Open it from the email, or request a new one.

link_invalid =
    .title = This link does not work
    .text = The link is incomplete or invalid. Open it from the email again, and make sure that it is complete: some email programs break long links.

link_expired =
    .title = This link has expired
    .text = Nothing was changed. Request a new link or, if you have no password yet, ask the people who invited you for a new link.

link_used =
    .title = This link has been used
    .text = A link works once, and only as long as your account does not change. If you have already chosen a new password, sign in with it. If that was not you, request a new link now. If you have no password yet, ask the people who invited you for a new link.

form =
    .correct = Correct the fields marked below.
    .retry = Try again

error =
    .link_busy = Your password is being saved by an earlier attempt. Wait a few seconds, then submit the same password again.
    .unavailable = Our service is temporarily unavailable. Nothing was changed. Try again in a moment.

captcha =
    .rejected = Confirm that you are not a robot, then try again.

## Elements

changed =
    .title = Your new password is set
    .text = From now on, only this password works. You will get an email about this.

blocked =
    .title = Your browser blocks this form
    .text = This form needs WebAssembly, which the security settings of your browser turn off. Our simpler page works without it.
    .continue = Continue on the simpler page

not_set_up =
    .title = This page is not set up correctly
    .text = This is not your fault. Try again later. If the problem remains, contact the owner of this site.

reset =
    .text = Choose a password that you do not use anywhere else.

link =
    .checking = Checking your link…

form =
    .wait = Please wait…

error =
    .unreachable = Our service did not answer. Check your internet connection, then try again.
    .confirm_unanswered = Our service did not answer. Your new password may have been saved anyway. To make sure, submit the same password again: what you entered is still here.
    .too_many_requests = Too many requests came from your network. Wait { $time }, then try again.

## Pages

page =
    .error = Error: { $title }
    .help = Need help?
    .link = The link works once, for { $lifetime }. The email comes from { $from }.
    .correct = Correct it and try again.
    .wait = Wait { $interval } between two requests: an earlier one sends no second email.
    .limit = While a link that we sent you works, we send at most { $count } in { $window }.
    .account = For the account of { $address }.
    .changed_title = Your password was changed
    .changed = Your old password no longer works. You will get an email about this change.
    .already_changed = Your password was already changed when you sent this form. The password that you chose first is the one that works.
    .expired = A requested link works for { $lifetime }.
    .busy_title = Try again in a moment
    .limited_title = Too many requests
    .limited = Too many requests came from your network. Wait a minute, then try again.
    .captcha_script = This form needs JavaScript to check that you are not a robot. Turn JavaScript on and reload this page, or ask for help: the address is at the bottom of this page.
    .cookies = If you have just opened it, allow cookies for this page, or open the link in another browser. The browser keeps a link for 15 minutes.
    .foreign_title = This form came from another site
    .foreign = Your browser did not confirm that you sent this form from our page. To be safe, nothing was changed.
    .foreign_forgot = Open our page and try again there.
    .foreign_reset = Open the link in your email again. It leads to { $url }.
    .open = Open the page
    .open_again = Open the page again
    .link_again = Open the link in your email again
    .too_long = The form was open for too long, or your browser does not keep cookies for this page. This time nothing was changed, and your link was not used up.
    .changed_earlier = If an earlier attempt confirmed your new password, sign in with it.
    .other_link = This browser does not have the link of this form. You may have opened other links since. Nothing was changed.
    .wanted_link = Open the link that you want to use from its email again.
    .too_large_title = The form is too large
    .too_large = Your browser sent more than this form can contain. Nothing was changed.
    .failed_title = This did not work
    .failed = Your browser sent something that this page does not accept. Nothing was changed.
    .unavailable_title = Password reset is not available
    .unavailable = You cannot reset your password here at the moment. Your password has not changed.
    .unavailable_link = If you have a link, it was not used up.
    .unavailable_contact = If you cannot sign in, contact us.

first =
    .title = Choose a password
    .password = Password
    .repeat = Confirm password
    .submit = Save password
    .rejected = Your password was not saved, and your link was not used up.
    .missing = Enter a password.
    .done_title = Your password is set
    .done = You will get an email about this.
    .already = Your password was already set when you sent this form. The password that you chose first is the one that works.
    .sign_in = You can now sign in with your password.

## Mails

mail =
    .hello = Hello,
    .hello_name = Hello { $name },

mail_reset =
    .subject = Reset your { $application } password
    .intro = We received a request to reset the password of your { $application } account. To choose a new password, open this link:
    .button = Choose a new password
    .copy = Or copy this address into your browser:
    .works = The link works once, for { $lifetime }, until { $time }.
    .next = While this link works, requests for this account may send no other link before { $time }.
    .both = If you request another link, both work until one of them is used.
    .ignore = If you did not request this, ignore this email. Your password has not changed, and it cannot be changed without this link.

mail_invitation =
    .subject = Choose your { $application } password
    .intro = You have an account at { $application } that has no password yet. To choose one, open this link:
    .button = Choose a password
    .ignore = If you did not expect this, ignore this email. This email alone changes nothing.

mail_shared =
    .intro = We received a request to reset a password at { $application } for this email address, which several accounts use. To choose a new password, open the link of your account:
    .account = Account { $number }
    .account_name = Account { $number }: { $name }
    .works = Each link works once, for { $lifetime }, until { $time }, and changes the password of its own account only.
    .partial = Other accounts with this address have a link in another email, or get one if you request it.
    .next = While these links work, requests for these accounts may send no other links before { $time }.
    .ignore = If you do not know an account, leave its link alone. If you did not request this, ignore this email. No password has changed, and none can be changed without these links.

mail_ambiguous =
    .subject = Your { $application } password reset
    .intro = We received a request to reset a password at { $application } for this email address. This address belongs to several accounts, so we do not know which password to reset.
    .username = If you made the request, request a new link with your username instead of your email address.
    .ignore = If you did not make it, ignore this email. No password has changed.

mail_notice =
    .subject = Your { $application } password was changed
    .subject_unknown = Your { $application } password may have been changed
    .by_link = The password of your { $application } account was changed on { $time }, with a link that was sent to this email address.
    .signed_in = The password of your { $application } account was changed on { $time }, by someone who was signed in and entered the current password.
    .unknown_by_link = Someone with a link that was sent to this email address tried to change the password of your { $application } account on { $time }. We could not determine whether it was changed.
    .unknown_signed_in = Someone who was signed in and entered the current password tried to change the password of your { $application } account on { $time }. We could not determine whether it was changed.
    .several_by_link =
        { $count ->
            [one] The password of your { $application } account was changed { $count } time, with a link that was sent to this email address:
           *[other] The password of your { $application } account was changed { $count } times, with links that were sent to this email address:
        }
    .several_by_link_some = The password of your { $application } account was changed at least once and at most { $count } times, with links that were sent to this email address:
    .several_by_link_unknown = The password of your { $application } account may have been changed up to { $count } times, with links that were sent to this email address:
    .several_signed_in =
        { $count ->
            [one] The password of your { $application } account was changed { $count } time, by someone who was signed in and entered the current password:
           *[other] The password of your { $application } account was changed { $count } times, by someone who was signed in and entered the current password:
        }
    .several_signed_in_some = The password of your { $application } account was changed at least once and at most { $count } times, by someone who was signed in and entered the current password:
    .several_signed_in_unknown = The password of your { $application } account may have been changed up to { $count } times, by someone who was signed in and entered the current password:
    .network = The change came from the network { $network }.
    .network_reported = The change came from the network { $network }, as reported by { $application }.
    .line_network = { $time }, from the network { $network }
    .line_reported = { $time }, from the network { $network }, as reported by { $application }
    .line_unknown = { $line } (the outcome is unknown)
    .all_signed_out = All devices have been signed out.
    .may_be_signed_in = Devices that were signed in before may still be signed in.
    .others_signed_out = All other devices have been signed out. The device that made the change is still signed in.
    .others_may_be_signed_in = Other devices that were signed in before may still be signed in.
    .fine = If you changed it, you do not need to do anything.
    .secure = If you did not change it, someone else may be able to read your email. Secure your email account first, then contact us at once:
    .known = If you did not change it, someone else knows your old password or uses a device on which you were signed in.
    .choose = Choose a new password at once:
    .choose_ends = Choose a new password at once, which signs out all devices:
    .contact = Then contact us:
    .contact_now = Contact us at once:

mail_first =
    .subject = Your { $application } password was set
    .subject_unknown = Your { $application } password may have been set
    .by_link = The first password of your { $application } account was set on { $time }, with a link that was sent to this email address.
    .unknown = Someone with a link that was sent to this email address tried to set the first password of your { $application } account on { $time }. We could not determine whether it was set.
    .several = The password of your { $application } account was set or changed { $count } times, with links that were sent to this email address:
    .several_some = The password of your { $application } account was set or changed at least once and at most { $count } times, with links that were sent to this email address:
    .several_unknown = The password of your { $application } account may have been set or changed up to { $count } times, with links that were sent to this email address:
    .fine = If you set it, you do not need to do anything.
    .secure = If you did not set it, someone else may be able to read your email. Secure your email account first, then contact us at once:

## Dates and spans, by CLDR

span =
    .hours =
        { $count ->
            [one] { $count } hour
           *[other] { $count } hours
        }
    .minutes =
        { $count ->
            [one] { $count } minute
           *[other] { $count } minutes
        }
    .seconds =
        { $count ->
            [one] { $count } second
           *[other] { $count } seconds
        }

date =
    .months = January, February, March, April, May, June, July, August, September, October, November, December
    .long = { $day } { $month } { $year }, { $time } UTC
    .short = { $day } { $month }, { $time } UTC
