# What modules of every page say.

confirm = Confirm
cancel = Cancel
close = Close
copy = Copy
copied = Copied
show = Show
hide = Hide
menu = Pages
language = Language
theme = Colours
theme-light = Light
theme-dark = Dark
theme-auto = As the system
account = Account
my-account = My account
sign-in = Sign in
sign-out = Sign out
loading-now = Loading
try-again = Try again
pages = Pages of the list
page-of = Page { $page } of { $pages } · { $total } in all
page-before = Page before
page-after = Next page

span-day = { $count } d
span-hour = { $count } h
span-minute = { $count } min
span-second = { $count } s

# What the API's codes mean. Others are shown in the server's words.
error-offline = The service can't be reached. Are you online?
error-unknown = The service answered { $status }, and nothing else.
error-wrong-credentials = The address, the password or the code is wrong.
error-wrong-code = The code is wrong, was used, or its time is over. Ask for a new one.
error-too-many-tries = Too many wrong codes. Wait a while, then ask for a new one.
error-rate-limited =
    { $seconds ->
        [0] Too many requests. Wait a while.
        [one] Too many requests. Wait a second.
       *[other] Too many requests. Wait { $seconds } seconds.
    }
error-not-signed-in = You are not signed in, or no longer. Sign in again.
error-invalid-api-key = The token is wrong.
error-account-disabled = An administrator has switched this account off.
error-account-pending = An administrator has not let this account in yet. A mail will tell you.
error-registration-closed = Nobody can sign up here.
error-invitation-required = Signing up takes an invitation, and this is none, or it is used up.
error-already-signed = You have checked in today.
error-forbidden = You may not do this.
error-sudo-required = Show once more that it is you, then do this again.
error-totp-setup-required = Administrators need a second factor here. Set one up on the page of your account.
error-totp-wrong = The code of the second factor is wrong, or was used before.
error-turnstile-failed = The check that you are a person has failed. Do it again.
error-internal-error = Something broke in the service.
error-unavailable = The service is busy. Try again in a moment.

# Who is signed in shows once more who they are.
sudo-title = Is it you?
sudo-lead = This shows secrets or grants power, so show once more that it is you. It holds for five minutes, in this browser.
sudo-password = Your password
sudo-token = Admin token
sudo-wrong = The password is wrong.
sudo-action = Continue
sudo-nothing = You have neither a password nor a second factor. Set a password first: sign out, and choose “Forgot password?” at the sign-in.

factor-code = Second factor
    .hint = The six digits of your app.
    .other = Use a recovery code
factor-recovery = Recovery code
    .hint = One of the ten that you were shown. Each is good once.
    .other = Use a code of the app
