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

over-keys = Keys in rotation
over-today = Requests today (UTC)
over-day = { $count } in 24 hours
over-now = { $rate }/s now, { $count } under way
over-success = Success rate, 24 h
over-failed = { $count } failed
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
