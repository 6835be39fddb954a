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
