# The start page.

portal-door = Come in
register = Create account
email = E-mail address
email-first = Enter your address first.
password = Password
password-new = New password
password-hint = 8 to 128 characters.
code = Code by mail
code-send = Send code
code-again = Again in { $seconds } s
code-sent = A mail is on its way to you.
code-hint = Six digits, good for ten minutes.
person-failed = The check that you are a person can't be loaded. Is it blocked in your browser?
back = Back

sign-in-by-password = Use a password
sign-in-by-code = Use a code by mail
forgot = Forgot password?
admin-sign-in = Administrators

register-closed = Nobody can sign up here
register-closed-hint = Ask those who run this service for an account.
register-pending = Almost there
register-pending-hint = An administrator has to let you in. A mail will tell you.
register-approval = An administrator lets new accounts in; a mail tells you when.
# $hours is how long a new key lives.
register-key =
    { $hours ->
        [one] Your key lives for an hour at first; checking in extends it.
       *[other] Your key lives for { $hours } hours at first; checking in each day extends it.
    }
invitation = Invitation
invitation-hint = Somebody who runs this service gave it to you.
provider = Provider
provider-any = Any provider
provider-hint = Your key can be kept to one provider.

forgot-title = Set a new password
forgot-action = Set password
forgot-done = Your new password is set. Sign in with it.

admin-lead = With the token that this service was started with. If your account is an administrator's, sign in as everyone does.
admin-token = Admin token
admin-token-hint = ADMIN_TOKEN. It is not kept: you stay signed in until you close the browser, for twelve hours at the most.

welcome = Welcome back
welcome-token = Signed in with the admin token
welcome-dashboard = Dashboard
    .more = Keys, tokens, people and what needs attention
welcome-user = My key
    .more = Your key, your usage and the daily check-in
welcome-stats = Statistics
    .more = What the pool is doing

steps-title = First steps
steps-lead = There are no keys yet. Four steps, and the first answer comes in.
step-key = Add a key
step-key-action = Add key
step-key-field = Upstream API key
step-key-hint = From your account at the provider. It is stored sealed.
step-test = Test it
step-test-now = Asking the provider whether the key works…
step-test-good = The key works.
step-test-bad = The provider does not take this key.
step-test-other = Add another key
step-next = Go on
step-token = Make a token
step-token-action = Make token
step-token-field = Name
step-token-name = My first token
step-token-hint = Clients show a token, never an upstream key. The name tells you whose it is.
step-use = Use it
step-use-lead = Everything is ready. Paste this into a terminal:
step-use-once = This is your token: keep it somewhere safe.
step-use-done = To the dashboard
