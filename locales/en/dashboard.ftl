# The administrator's pages.

dash-parts = Parts of the dashboard
dash-provider = Provider
dash-all-providers = All providers
dash-closed = This is for administrators
dash-closed-hint = Your account is not one. Sign out, and come in as an administrator.
dash-part-missing = This part of the page can't be loaded.

tab-overview = Overview
tab-keys = API keys
tab-tokens = Client tokens
tab-users = Users
tab-import = Import
tab-statistics = Statistics
tab-requests = Requests
tab-providers = Providers
tab-settings = Settings
tab-audit = Audit

live-connecting = Connecting
    .more = Changes will be shown as they happen.
live-live = Live
    .more = Changes are shown as they happen.
live-polling = Every 10 s
    .more = The live connection can't be had; the page asks every ten seconds.
live-offline = Offline
    .more = The service can't be reached; this is what was known last.

filter-clear = Clear filters
table-sort = Order
table-columns = Columns
table-pick = Pick row { $id }
table-pick-page = Pick all rows of this page
table-picked-label = What is picked
table-picked = { $count } picked
table-pick-all = Pick all { $count } that match
table-pick-none = Pick none

dash-ms = { $count } ms
dash-secs = { $count } s
dash-mins = { $count } min

state-active = Active
state-cooling = Cooling
state-failed = Failed
state-disabled = Disabled
state-expired = Expired

check-title = Setting up
check-left = { $count } to do
check-hide = Hide this list
check-hidden = The list is hidden. Settings bring it back.
check-done = Done
check-choose = Choose
check-keys = Upstream keys
    .more = Without one no request can be answered. Add or import some.
check-sign-up = Who may sign up
    .more = Nobody has decided it yet. Now anyone may who has an e-mail address.
check-limits = Limits of new users' keys
    .more = They have none: whoever signs up may use your keys as much as they like.
check-mail = Mail
    .more = No mail server is set (EMAIL_HOST), so codes go into files of the service and people can't sign up or reset a password.
check-factor = Second factor
    .more = Without one a password is all that protects your keys. Set up your own, or require one of all administrators.

over-keys = Keys in rotation
over-today = Requests today (UTC)
over-day = { $count } in 24 hours
over-now = { $rate }/s now, { $count } under way
over-success = Success rate, 24 h
over-failed = { $count } failed, { $clients } client errors, { $refused } refused
over-attempts = { $count } attempts
over-tokens = Tokens, 24 h
over-prompt = { $count } in
over-completion = { $count } out
over-speed = Speed, 24 h
over-latency = Whole answer
over-ttft = First byte
over-hours = Last 24 hours
over-days = Last 30 days
over-requests = Requests
over-failures = Failed
over-models = Top models, 24 h
over-no-models = No requests in 24 hours
over-no-model = (unknown)

needs-title = What needs attention
needs-nothing = Nothing. All is well.
needs-provider-off = { $name } is switched off.
needs-provider-empty = { $name } has no keys yet.
needs-provider-idle = { $name } has no key in rotation.
needs-breaker = { $model } is cut off by its circuit breaker at { $provider }.
needs-firewall = { $provider } refuses the keys of several accounts alike: an outage.
needs-keys-failed =
    { $count ->
        [one] A key has failed, or its provider refuses it.
       *[other] { $count } keys have failed, or their provider refuses them.
    }
needs-keys-cooling =
    { $count ->
        [one] A key is cooling, until a limit ends.
       *[other] { $count } keys are cooling, until a limit ends.
    }
needs-keys-expired =
    { $count ->
        [one] The time of one key is over.
       *[other] The time of { $count } keys is over.
    }
needs-users =
    { $count ->
        [one] Somebody waits to be let in.
       *[other] { $count } people wait to be let in.
    }
needs-jobs =
    { $count ->
        [one] A job has failed in the last 24 hours.
       *[other] { $count } jobs have failed in the last 24 hours.
    }
needs-running =
    { $count ->
        [one] A job is under way.
       *[other] { $count } jobs are under way.
    }

news-title = Announcements
news-none = Nothing is announced
news-add = Announce
news-send = Announce
news-done = It is announced.
news-delete = Delete announcement
news-until = until
news-level-info = Information
news-level-warning = Warning
news-level-critical = Critical
news-to-all = Everyone
news-to-users = Users
news-to-admins = Administrators
news-field-title = Title
news-field-body = Text
news-field-level = How pressing
news-field-audience = For whom
news-field-end = Until
news-field-end-hint = Empty: until it is deleted.

keys-key = Key
keys-state = State
keys-username = Name
keys-account = Account
keys-provider = Provider
keys-family = Models
keys-plan = Plan
keys-weight = Weight
keys-cap = At once
keys-requests = Attempts
keys-answers = Answers
keys-failed-attempts = Failed attempts
keys-success = Success
keys-used = Last used
keys-created = Added
keys-expires = Ends
keys-import = Import
keys-id = Id
keys-add = Add key
keys-filters = What is shown
keys-search = Name, account or part of a key
keys-every-state = Every state
keys-every-family = All models
keys-of-import = Import { $id }
keys-none = There are no keys yet
keys-none-hint = Add one here, or many at once:
keys-no-match = No key is like this

why-active = It is in rotation.
why-passed-over = It may still be passed over for a while: its account is busy, its plan lacks the model, or the provider keeps failing with this model.
why-until = It is used again from
why-cooling = A check that finds the key good ends this earlier; so do you, by enabling it.
why-failed = It is used again when a check finds it good, or when you enable it.
why-moved = It is used again when an administrator confirms the place, on the page of providers.
why-disabled = It is used again when somebody enables it.
why-expired = Its time was over:
why-expired-end = Give it a later end, or none, to use it again.

reason-expired = Its time is over.
reason-ok = It went well.
reason-client-left = The client left before the end.
reason-bad-request = The provider found fault with the request itself.
reason-model-not-found = The provider doesn't know this model.
reason-manual = An administrator took it out.
reason-provider-moved = Its provider has moved, and no administrator has confirmed the new place.
reason-auto-disabled = It failed several times in a row.
reason-unauthorized = The provider refuses this key.
reason-forbidden = The provider forbids this key to do it.
reason-out-of-credit = Its account has no credit left.
reason-key-limit = The key has spent what its owner allows it.
reason-session-limit = Its account has spent its five hours' share.
reason-weekly-limit = Its account has spent its week's share.
reason-monthly-limit = Its account has spent its month's share.
reason-concurrency-limit = Its account had as many requests under way as its plan allows.
reason-rate-limited = It was asked too often.
reason-plan-lacks-model = Its plan lacks this model.
reason-model-rate-limited = This model is limited behind the provider.
reason-overloaded = The provider is overloaded.
reason-upstream-error = The provider failed.
reason-connect-failed = The provider could not be reached.
reason-connection-lost = The connection broke.
reason-timed-out = The provider did not answer in time.
reason-empty-answer = The provider's answer was empty.
reason-malformed-answer = The provider's answer was broken.
reason-error-inside = The provider's answer had an error in it.
reason-truncated = The answer ended too early.
reason-other = Another reason.

bulk-enable = Enable
bulk-disable = Disable
bulk-check = Check
bulk-edit = Change values
bulk-delete = Delete
bulk-more = More
bulk-enabled = Enabled: { $count }
bulk-disabled = Disabled: { $count }
bulk-changed = Changed: { $count }
bulk-deleted = Deleted: { $count }
bulk-delete-text = Keys to delete: { $count }. This can't be undone.
disable-title = Disable keys: { $count }
disable-span = For how long
disable-3600 = One hour
disable-21600 = Six hours
disable-86400 = A day
disable-604800 = A week
disable-0 = Until somebody enables them
disable-reason = Why
disable-reason-hint = For whoever sees the keys later.
disable-note = Requests under way are finished. Enabling undoes it at any time.
edit-title = Change keys: { $count }
edit-lead = What is left empty stays as it is.
edit-save = Save
edit-done = The key is changed.
edit-account-hint = Keys of one account share its limits.
edit-weight-hint = Turns, 1 to 1000.
edit-cap-hint = Requests at once; 0 for any number.

add-key-hint = It is stored sealed.
add-ends = Ends
add-days =
    { $count ->
        [0] Never
        [one] After a day
       *[other] After { $count } days
    }
add-check = Ask the provider whether it works
add-done = The key is in the pool.
check-valid = The provider takes the key.
check-limited = The provider takes the key, but a limit of its account is spent.
check-invalid = The provider refuses the key.
check-unclear = The provider's answer tells nothing about the key.

detail-title = Key { $id }
detail-check = Check now
detail-disable-hour = Disable for an hour
detail-edit = Values
key-delete-text = The key { $key } is deleted. This can't be undone.
usage30-title = Last 30 days
usage30-requests = Its requests
usage30-attempts = Attempts
usage30-answers = Answers
usage30-failed = Failed attempts
usage30-tokens = Tokens
usage30-latency = Whole answer

export = Export
export-masked = Masked, as CSV
export-whole = With secrets
export-text = The file will have whole keys in it: { $count }. It is noted in the audit log. Keep it as you keep a password, and delete it when it is used.
export-words = Write “{ $words }”

job-running = Under way
job-stopping = Stopping
job-done = Done
job-cancelled = Stopped
job-failed = Failed
job-progress = { $done } of { $total }
job-stop = Stop
job-goes-on = It goes on when you close this; you find it again under Import.
job-count-valid = Good
job-count-invalid = Refused
job-count-unclear = Unclear
job-count-existing = There before
job-count-duplicates = Twice in the file
job-count-skipped = Without a key
job-count-added = Added

import-source = What to import
import-drop = Drop a file here, of any size
import-choose = Choose a file
import-other = Something else
import-bytes = { $count } KiB
import-paste = Or paste
import-formats = Lines of keys, “mail----password----session----key”, CSV or JSON.
import-validate-switch = Ask the provider about each key first
import-validate-hint = Only keys that the provider takes come in. It also tells the account of those whose line names none.
import-unclear = Take in keys, too, about which nothing could be found out
import-options = Account, end, weight
import-options-hint = For all keys of this import; a key's own account and end come first.
import-dry = Dry run
import-now = Import
import-validate = Check and import
import-done = The import is done.

preview-title = First lines
preview-lead =
    { $count ->
        [one] As the service reads the first line. Nothing is stored yet.
       *[other] As the service reads the first { $count } lines. Nothing is stored yet.
    }
preview-none = Nothing to see yet
preview-none-hint = Drop a file or paste something.
preview-document = This is one JSON document
preview-document-hint = A dry run reads it whole and stores nothing.
preview-text = Text
preview-read = Read as
preview-new = New key
preview-head = Names of columns

report-title = What came of it
report-dry = What would come of it
report-dry-hint = Nothing is stored.
report-validated = Check and import
report-total =
    { $count ->
        [one] One line
       *[other] { $count } lines
    }
report-sum = Sum
report-added = Added
report-existing = There before
report-duplicates = Twice in the file
report-failed = At fault
report-skipped = Without a key
report-lines = Lines that were not added
report-line = Line
report-why = Why
report-keys = Show the keys

line-there-is-no-key-in-it = There is no key in it.
line-what-stands-in-the-key-s-place-is-no-key = What stands in the key's place is no key.
line-the-line-is-too-long = The line is too long.
line-it-is-no-json-of-this-shape = It is no JSON of this shape.
line-the-label-or-the-account-can-t-be-a-name = The label or the account can't be a name.
line-the-time-to-live-is-not-in-seconds-or-too-long = The time to live is not in seconds, or too long.
line-the-provider-has-this-key-already = The provider has this key already.
line-this-key-stood-in-the-file-before = This key stood in the file before.
line-unauthorized = The provider refuses this key.
line-forbidden = The provider forbids this key to do it.

undo = Undo
undo-one = Undo import { $id }
undo-was = Undone
undo-text = Import { $id } is undone: the keys that it has brought are deleted, as far as they are still there ({ $count }).
imports-title = Imports
imports-none = Nothing was imported yet
imports-id = Import
imports-when = When
imports-source = How
imports-provider = Provider
imports-actor = By
imports-lines = Lines
imports-deed = Undo
imports-by-text = Text
imports-by-file = File
imports-by-keys = Keys
imports-by-accounts = Accounts
imports-by-command-line = Command line
imports-by-import-with-validation = Checked
jobs-title = Jobs
job-kind-health-check = Check of keys
job-kind-import-with-validation = Check and import

requests-at = Time
requests-outcome = Outcome
requests-reason = Error code
requests-no-token = (unknown)
requests-status = Status
requests-model = Model
requests-provider = Provider
requests-token = Token
requests-key = Key
requests-attempts = Attempts
requests-ttft = First byte
requests-latency = Whole answer
requests-tokens = Tokens
requests-time = Since
requests-id = X-Request-Id
requests-every-outcome = Every outcome
requests-every-status = Every status
requests-every-token = Every token
requests-every-time = At any time
requests-hours =
    { $count ->
        [one] Last hour
        [168] Last 7 days
       *[other] Last { $count } hours
    }
requests-of-key = Key { $id }
requests-none = No requests yet
requests-no-match = No request is like this
requests-more = Older ones
requests-off = Requests are not being logged: the setting request_log is off.
requests-dropped =
    { $count ->
        [one] Under load one request was not logged; it is counted all the same.
       *[other] Under load { $count } requests were not logged; they are counted all the same.
    }
outcome-success = answered
outcome-failure = failed
outcome-client-error = client error
outcome-refused = refused
outcome-cancelled = left
tail-pause = Pause
tail-go-on = Go on ({ $count } new)

request-title = Request
request-stream = Stream
request-cache = Cache
request-attempts = Attempts: { $count }
request-no-attempt = No key was tried.
request-asked = Asked for as
request-told = What the client was told
request-said = The upstream said:
request-times = waited { $wait }, first byte { $first }, in all { $all }
over-prompt-tokens = Tokens in
over-completion-tokens = Tokens out
yes = Yes
no = No
effect-success = The key is fine.
effect-neutral = This says nothing about the key.
effect-cool = Left alone for a while.
effect-strike = Counted as a failure of the key.
effect-reject = The key was taken out.
effect-overloaded = Counted as a failure of this model at this provider.
