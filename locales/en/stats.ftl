# The public statistics.

stats-title = Statistics
stats-lead = What the pool is doing. Renewed
stats-provider = Provider
stats-stale = The service can't be reached; this is what was known last.
stats-requests = Requests
stats-apart = ever; { $clients } client errors, { $refused } refused, { $left } left
stats-success-rate = Success rate
stats-of = { $success } answered, { $failure } failed
stats-today = Last 24 hours
stats-last-day = requests
stats-keys = Keys in rotation
stats-keys-note = { $resting } resting, { $failed } switched off
stats-trend = Requests by hour
stats-success = Answered
stats-failure = Failed
stats-client-errors = Client errors
stats-refused = Refused
stats-left = Left
stats-recent = Busiest in 24 hours
stats-none-recent = No requests in 24 hours
stats-models = Models
stats-model = Model
stats-none = No requests yet
stats-none-hint = As soon as somebody chats, models show up here.
