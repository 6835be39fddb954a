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
