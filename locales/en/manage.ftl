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
