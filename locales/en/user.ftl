# One's own page.

user-title = My key
panel-overview = Overview
panel-connect = Connect
panel-account = Account
saved = Saved

key-title = Your key
key-none = You have no key
key-none-hint = Ask those who run this service for one.
key-copy = Copy key
key-rotate = New key
key-rotate-text = A new key takes the place of this one, which stops working at once. Its end and its limits stay.
key-rotated = This is your new key. The old one no longer works.
key-provider = Provider
key-any-provider = Any
key-requests = Requests
key-ends = Ends
key-never = Never
key-good = Works
key-ended = Has ended: check in
key-left = { $span } left

sign-title = Daily check-in
# $days are check-ins in a row.
sign-streak =
    { $days ->
        [one] one day in a row
       *[other] { $days } days in a row
    }
sign-now = Check in
sign-today = Checked in today
sign-done =
    { $hours ->
        [one] An hour more: your key lives until { $until }.
       *[other] { $hours } hours more: your key lives until { $until }.
    }
sign-done-plain = Checked in.
sign-signed = checked in
sign-sum = { $total } in all, { $longest } in a row at best
sign-history = History
sign-none = No check-ins yet
sign-day = Day (UTC)
sign-at = At
month-before = Month before
month-after = Next month

limits-title = What is left
limits-none = Your key has no limits.
limit-rpm = Requests a minute
limit-tpm = Tokens a minute
limit-dailyRequests = Requests today
limit-dailyTokens = Tokens today
limit-maxConcurrency = Requests at once
limit-left = { $remaining } of { $limit }
limit-resets = More

usage-title = Usage by day
usage-span = Days
usage-days = { $count } days
usage-requests = Requests
usage-success = Success rate
usage-failed = Failed
usage-own = Client errors
usage-refused = Refused
usage-prompt = Prompt tokens
usage-completion = Answer tokens
usage-models = By model
usage-none = Nothing yet
usage-none-hint = Connect a program
usage-tokens = { $tokens } tokens

connect-title = Connect a program
connect-lead = Ready to paste. What you copy has your whole key, also while it isn't shown.
connect-show = Show key
connect-hide = Hide key
connect-url = Base URL
connect-model = Model
connect-program = Program
connect-openWebUi = In Open WebUI, under Settings → Connections, add an OpenAI API connection:
connect-cherryStudio = In Cherry Studio, under Settings → Model providers, add a provider of the type OpenAI:
connect-chatbox = In Chatbox, under Settings → Model provider, add a custom provider of the type OpenAI API:
connect-field-url = URL
connect-field-key = API key

sessions-title = Where you are signed in
sessions-end-all = Sign out everywhere
sessions-end-all-text = Every session of yours ends, this one too. Your key goes on working.
session-this = This one
session-unknown = Unknown program
session-end = Sign out there
session-ended = That session has ended.

wishes-title = Preferences
wishes-provider = Provider to begin with
wishes-language = Language of mails

password-title = Password
password-current = Current password
password-next = New password
password-rule = 8 to 128 characters. All your other sessions end.
password-change = Change password
password-changed = Your password is changed.

second-title = Second factor
second-on = On
second-off = Off
second-lead = With one, whoever knows your password can't sign in with that alone: a code of an app on your phone is needed, too.
second-lead-on = Signing in asks for a code of your app. If you lose the app, a recovery code does instead, or those who run this service can turn this off.
second-set-up = Set up a second factor
second-proof = First show that it is you.
second-next = Continue
second-scan = Scan this with an app for such codes (TOTP), or give it the secret below. Both are shown only now.
second-qr = QR code with the secret
second-secret = Secret
second-link = Open in an app on this device
second-code = Code of the app
second-turn-on = Turn on
second-is-on = From now on, signing in asks for a code of your app.
recovery-title = Recovery codes
recovery-lead = Without your app, each of these codes stands in for one of it, once. They are shown only now: keep them where you keep passwords, and not beside the app.
recovery-left =
    { $count ->
        [0] You have no recovery codes left.
        [one] One recovery code is left.
       *[other] { $count } recovery codes are left.
    }
recovery-renew = New recovery codes
recovery-renew-text = The recovery codes that you have now will open nothing any more.
recovery-save = Save as a file
recovery-done = I have kept them
second-turn-off = Turn off the second factor
second-off-text = Signing in will ask for nothing but the password, or a code by mail.
second-is-off = The second factor is off.
second-there = A second factor is on already. Turn it off before you set up another.
second-lost = This secret counts no longer. Close this, and set up a new one.

data-title = Your data
data-lead = Prompts and answers are not stored. What is, you can take with you, or delete.
data-export = Download
data-delete = Delete account
data-delete-text = The account { $email } is deleted, with its key, its sessions and its check-ins. This can't be undone.
data-delete-kept = For 90 days a keyed hash of your address stays, with the end of your key, the day of your last check-in and what your key used that day: so that signing up again brings no fresh allowance. Your address can't be read from it.
data-delete-action = Delete for ever
