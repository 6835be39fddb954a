# The administrator's pages: tokens, users, statistics, providers, settings and the audit log.

manage-actions = Actions
manage-save = Save
manage-saved = Saved
manage-delete = Delete
manage-on = Switch on
manage-off = Switch off

list-no-match = Nothing matches

factor-title = Second factor
factor-code = Code
factor-hint = Six digits from your app, or a recovery code.

secret-title = Whole token
secret-once = Copy it now. Whoever has it can use the pool in its name.
secret-snippet = To try it:

caps = Limits
cap-none = None
cap-rpm = Requests a minute
cap-tpm = Tokens a minute
cap-daily-requests = Requests a day
cap-daily-tokens = Tokens a day
cap-max-concurrency = Requests at once
cap-short-rpm = { $count } requests/min
cap-short-tpm = { $count } tokens/min
cap-short-daily-requests = { $count } requests/day
cap-short-daily-tokens = { $count } tokens/day
cap-short-max-concurrency = { $count } at once

end-never = Never
end-keep = As it is: { $end }
end-days =
    { $count ->
        [one] In a day
       *[other] In { $count } days
    }

token-lead = Each client has a token of its own, with its own limits.
token-lead-one = Tokens that are for the chosen provider, alone or among others.
token-new = New token
token-make = Make token
token-filters = Which tokens
token-search = Name or part of a token
token-status = State
token-status-all = Every state
token-status-active = Active
token-status-disabled = Switched off
token-status-expired = Expired
token-is-active = Active
token-is-disabled = Switched off
token-is-expired = Expired
token-none = There are no tokens
token-none-hint = Make one, and give it to a program.
token-name = Name
token-allowed = Good for
token-everything = Everything
token-of-user = Key of user { $id }
token-requests = Requests
token-used = Last used
token-ends = Ends
token-made = Made
token-previous = The old one works, too; it ends
token-edit = Change { $name }
token-more = More for { $name }
token-reveal = Show whole
token-rotate = New token for old
token-rotate-text = { $name } gets a new token. Its limits and counts stay.
token-grace = The old one works
token-grace-0 = No longer
token-grace-3600 = An hour more
token-grace-86400 = A day more
token-grace-604800 = A week more
token-grace-2592000 = Thirty days more
token-now-on = { $name } works again.
token-now-off = { $name } no longer works.
token-delete = Delete token
token-delete-text = Programs with the token { $name } are refused at once. Its statistics stay. This can't be undone.
token-deleted = { $name } is deleted.
token-providers = Providers
token-providers-hint = None chosen: every one.
token-models = Models
token-models-hint = One a line. * is any text, ? any character. Empty: every one.
token-addresses = Addresses
token-addresses-hint = One address or network a line. Empty: from everywhere.

users-panel-people = People
users-panel-invitations = Invitations
users-lead = Whoever has an account has a key of their own.
users-registration = Who may sign up
users-new = New user
users-new-action = Add
users-new-lead = They have no password: they sign in by a code that is sent to them. Their key is shown to you once.
users-filters = Which users
users-search = Address
users-email = E-mail address
users-role = Role
users-role-all = Every role
users-role-user = User
users-role-admin = Administrator
users-state = State
users-state-all = Every state
users-state-active = Active
users-state-off = Switched off
users-state-pending = Waiting
users-is-active = Active
users-is-off = Switched off
users-is-pending = Waits to be let in
users-none = There are no users
users-none-hint = Add one, make invitations, or let people sign up.
users-one = User
users-key = Key
users-key-ends = Key ends
users-key-provider = Key is for
users-requests = Requests
users-login = Last sign-in
users-signin = Last check-in
users-made = Since
users-provider = Provider
users-provider-any = Every provider
users-language = Language of mails
users-default = Provider to begin with
users-change = Role and limits
users-signins = Check-ins
users-signins-none = None yet
users-signins-day = Day (UTC)
users-signins-at = At
users-deleted = { $email } is deleted.
users-factor-gone = The second factor is removed.
users-extend-action = Extend
users-extend-days = Days
users-extend-hint = From the key's end, or from now where that has passed.

users-do-let-in = Let in
users-do-activate = Switch on
users-do-deactivate = Switch off
    .text = { $email } is signed out, and their key stops working at once.
users-do-reset = New key
    .text = { $email } gets a new key, which you are shown once. The old one stops working at once.
users-do-extend = Extend key
users-do-factor = Remove second factor
    .text = { $email } signs in without it from now on, until they set one up again.
users-do-delete = Delete
    .text = { $email } is deleted, with their key, sessions and check-ins. Statistics stay. This can't be undone.

users-bulk-activate = Let in or switch on
users-bulk-deactivate = Switch off
    .text =
        { $count ->
            [one] One user is signed out, and their key stops working at once.
           *[other] { $count } users are signed out, and their keys stop working at once.
        }
users-bulk-extend = Extend keys
users-bulk-more = More for those picked
users-bulk-admin = Make administrators
    .text =
        { $count ->
            [one] One user may then do everything here.
           *[other] { $count } users may then do everything here.
        }
users-bulk-user = Make plain users
    .text =
        { $count ->
            [one] One user may then no longer come in here.
           *[other] { $count } users may then no longer come in here.
        }
users-bulk-delete = Delete
    .text =
        { $count ->
            [one] One user is deleted, with key, sessions and check-ins. This can't be undone.
           *[other] { $count } users are deleted, with keys, sessions and check-ins. This can't be undone.
        }
users-bulk-done = { $changed } changed, { $unchanged } were so already, { $failed } failed

invite-lead = An invitation lets people sign up where registration asks for one.
invite-new = New invitations
invite-make = Make
invite-none = There are no invitations
invite-none-hint = Make some, and give their codes to whom you want here.
invite-code = Code
invite-note = Note
invite-note-hint = Only administrators see it.
invite-is-open = Open
invite-is-used-up = Used up
invite-is-expired = Expired
invite-uses = Used
invite-uses-of = { $uses } of { $most }
invite-uses-max = Uses of each
invite-uses-hint = 0 for no limit.
invite-count = How many
invite-made =
    { $count ->
        [one] An invitation
       *[other] { $count } invitations
    }
invite-once = Copy what you need now: codes are shown whole this once.
invite-copy-all = Copy all
invite-delete = Delete invitation
invite-delete-one = Delete { $code }
invite-delete-text = Nobody signs up with { $code } any more. Who has, stays.
invite-deleted = The invitation is deleted.

settings-groups = Groups of settings
settings-pool = Keys and attempts
settings-registration = Registration
settings-new-users = New users
settings-check-in = Daily check-in
settings-cache = Response cache
settings-limits = Routes without a token
settings-logs = Logs and statistics
settings-other = Others
settings-changed = Changed
settings-default = Default: { $value }
settings-range = { $min } to { $max }
settings-since = changed
settings-reset = Reset to default
settings-saved = Saved: { $name }
settings-on = On
settings-off = Off
settings-none = none
settings-domains-hint = One domain a line.

setting-max-attempts = Attempts
    .meaning = Keys tried for one request before it fails.
setting-key-failure-threshold = Failures that disable
    .meaning = Failures of its own in a row that disable a key.
setting-key-disable-secs = Disabled for
    .meaning = Seconds that they disable it.
setting-enable-rate-limit = Limit by address
    .meaning = Limit routes that need no token, by address.
setting-rate-limit-requests = Requests in a window
    .meaning = Requests that one address may make to them in a window.
setting-rate-limit-window = Window
    .meaning = Its length in seconds.
setting-response-cache = Answer from the cache
    .meaning = Answer repeated requests from memory: plain ones with temperature 0 or a seed.
setting-response-cache-any-temperature = Whatever the temperature
    .meaning = With the response cache: answer any plain request from memory, whatever its temperature.
setting-response-cache-ttl-secs = Kept for
    .meaning = Seconds that an answer is kept.
setting-request-log = Request log
    .meaning = Keep a line for each request, with its attempts; never prompts or answers.
setting-request-log-retention-days = Request log kept
    .meaning = Days that those lines are kept.
setting-usage-retention-days = Statistics kept
    .meaning = Days that hourly statistics are kept.
setting-registration = Who may sign up
    .meaning = With approval, whoever signs up waits until an administrator lets them in.
setting-registration-open = Anyone
setting-registration-approval = Anyone, with approval
setting-registration-invitation = With an invitation
setting-registration-closed = Nobody
setting-email-domains-allowed = Domains allowed
    .meaning = The only domains whose addresses may sign up; none is every one. Subdomains count.
setting-email-domains-denied = Domains refused
    .meaning = Domains whose addresses may not sign up. Subdomains count.
setting-account-requests-per-ip = Account requests by address
    .meaning = Requests to sign up, sign in or send a code that one address of the network (an IPv6 /64) may make in ten minutes.
setting-account-requests-overall = Account requests in all
    .meaning = The same from everywhere together.
setting-sign-in-attempts = Wrong passwords
    .meaning = For one e-mail address in fifteen minutes, before none is looked at.
setting-user-key-hours = Life of a key
    .meaning = Hours that a new user's key lives.
setting-user-rpm = Requests a minute
    .meaning = Of a new user's key; 0 for no limit, as in those after it.
setting-user-tpm = Tokens a minute
    .meaning = Of a new user's key.
setting-user-daily-requests = Requests a day
    .meaning = Of a new user's key.
setting-user-daily-tokens = Tokens a day
    .meaning = Of a new user's key.
setting-user-max-concurrency = Requests at once
    .meaning = Of a new user's key.
setting-check-in-hours = Hours of a check-in
    .meaning = Hours by which a daily check-in extends the user's key.
setting-check-in-cap-hours = Cap
    .meaning = The most hours ahead that check-ins may bring a key's end to; 0 for no such end.
setting-check-in-streak-days = Days of a streak
    .meaning = Every so many days in a row bring the bonus; 0 for no bonus.
setting-check-in-streak-hours = Bonus of a streak
    .meaning = Its hours, beside those of the check-in.

notices = Announcements
notice-new = New announcement
notice-edit = Change “{ $title }”
notice-announce = Announce
notice-none = Nothing is announced
notice-none-hint = What is announced stands above people's pages.
notice-title = Title
notice-body = Text
notice-level = How pressing
notice-level-info = Good to know
notice-level-warning = Warning
notice-level-critical = Critical
notice-audience = Who sees it
notice-audience-all = Everyone
notice-audience-users = Users
notice-audience-admins = Administrators
notice-from = From
notice-from-hint = Empty: at once. In your time zone.
notice-until = Until
notice-until-hint = Empty: until it is deleted.
notice-is-now = Shown now
notice-is-later = Not yet shown
notice-is-over = Over
notice-delete = Delete announcement
notice-delete-one = Delete “{ $title }”
notice-delete-text = “{ $title }” is shown no more. This can't be undone.
notice-deleted = The announcement is deleted.

audit-lead = What administrators did. Each row has a hash over itself and the row before.
audit-verify = Verify the chain
audit-whole = All { $rows } rows are as they were written
audit-broken = Row { $row } was changed, is missing or was put in
audit-filters = Which rows
audit-search = Text anywhere
audit-actor = Who
audit-action = Action
audit-every-action = Every action
audit-from = From (UTC)
audit-to = Until
audit-none = Nobody has done anything yet
audit-target = To what
audit-address = Address
audit-at = When
audit-number = Row
audit-request = Request
audit-hash = Hash
audit-changes = What has changed
audit-field = Field
audit-before = Before
audit-after = After
audit-nothing = No values were changed by it.

upstream-lead = Each provider serves under a path of its own, with keys of its own.
upstream-new = New provider
upstream-add = Add
upstream-where = Upstream
upstream-where-hint = The address of its OpenAI-compatible API, with or without /v1.
upstream-serves = Clients use
upstream-kind = Whose rules read its errors
upstream-built-in = Built in
upstream-built-in-hint = It is built in: the environment says where it is.
upstream-id = Id
upstream-id-hint = Its name in paths: lower-case letters, digits and hyphens.
upstream-name = Name
upstream-is-off = Switched off
upstream-is-serves = Serves
upstream-is-no-key = No active key
upstream-keys-active = { $count } active
upstream-keys-cooling = { $count } resting
upstream-keys-disabled = { $count } disabled
upstream-keys-expired = { $count } expired
upstream-no-keys = It has no keys.
upstream-import = Import some
upstream-test = Test
upstream-edit = Change { $name }
upstream-off = Switch provider off
upstream-off-text = Requests to { $name } are refused at once, or served by its fallbacks. Its keys stay.
upstream-delete = Delete provider
upstream-delete-one = Delete { $name }
upstream-delete-text = { $name } is deleted, with its aliases and the fallbacks from and to it. Statistics stay. This can't be undone.
upstream-deleted = { $name } is deleted.
upstream-answers = It answers: { $models } models in { $ms } ms,
upstream-refuses = It answers { $status } in { $ms } ms,
upstream-error-connect-failed = It can't be reached,
upstream-error-timed-out = It takes too long to answer,
upstream-error-connection-lost = The connection broke,
upstream-error-malformed-answer = Its answer is no list of models,
upstream-with-key = asked with a key.
upstream-without-key = asked without a key.

alias-title = Aliases
alias-lead = Another name for a model. In a request for it the model's own name goes upstream.
alias-new = New alias
alias-add = Add
alias-none = There are no aliases
alias-none-hint = With one, clients can ask for “fast” and you say which model that is.
alias-name = Name
alias-name-hint = What clients ask for.
alias-model = Model
alias-leads = leads to
alias-delete = Delete { $alias }
alias-deleted = { $alias } no longer leads to { $model }.

fallback-title = Fallbacks
fallback-lead = Who serves when a provider can't, before the first byte of an answer.
fallback-new = New fallback
fallback-none = There are no fallbacks
fallback-none-hint = With one, another provider steps in when this one can't serve.
fallback-any = any model
fallback-same = the same model
fallback-then = then
fallback-edit = Change the order of { $of }
fallback-when = When this provider can't
fallback-model-hint = * for all models that have no order of their own.
fallback-order = Who serves, in order
fallback-order-hint = * as a model keeps its name.
fallback-place-provider = Provider of place { $n }
fallback-place-model = Model of place { $n }
fallback-place-add = Another place
fallback-up = Place { $n } up
fallback-down = Place { $n } down
fallback-remove = Take place { $n } out
fallback-delete = Delete fallback
fallback-delete-one = Delete the order of { $of }
fallback-delete-text = When { $of } can't be served, nobody steps in. This can't be undone.
fallback-deleted = The fallback is deleted.

store-title = Response cache
store-lead = Answers to repeated requests. Numbers are this process's, since it began.
store-settings = Settings
store-on = On
store-off = Off
store-reload = Look again
store-fact-hit-rate = Answered from it
store-fact-hits = Hits
store-fact-misses = Misses
store-fact-stored = Stored
store-fact-entries = Answers in it
store-fact-bytes = Size
store-fact-storage = Kept in
store-clear = Clear
store-clear-text = What is forgotten is asked for upstream again. This can't be undone.
store-scope = What
store-scope-responses = Answers
store-scope-models = Lists of models
store-scope-all = Both
store-pattern = Of which provider/model
store-pattern-hint = * is any text, ? any character. Empty: all.
store-cleared = Forgotten: { $answers } answers, { $catalogues } lists of models
