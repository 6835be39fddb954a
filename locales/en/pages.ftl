# What every page says, and what pages say before their modules run.

app-name = Ollama API Pool
app-description = Many upstream API keys behind one OpenAI-compatible address.

skip-to-content = Skip to content
nav-label = Pages
nav-stats = Statistics
nav-docs = API
nav-user = My key
nav-project = Project
nav-dashboard = Dashboard
footer-label = More
loading = Loading…
needs-script = This page needs JavaScript.

hero-title = One address for all your models
hero-lead = Point any OpenAI client here. The pool picks a healthy key for each request, and when one fails the next takes over before you notice.
hero-failover = Keeps answering
    .more = Keys that fail or are limited rest; the others carry on.
hero-compatible = Works with what you have
    .more = OpenAI clients, streaming, tools: just change the address.
hero-private = Yours alone
    .more = Prompts are passed on and never stored. Secrets are sealed.
hero-sample = An example in Python
guide-name-changelog = Changelog
guide-name-readme = Read me
guide-name-admin = Administration
guide-name-operations = Operations
guide-name-verdicts = Verdicts
guide-name-metrics = Metrics
guide-name-clients = Clients
guide-name-redis = Redis
guide-name-performance = Performance
guide-name-pages = Pages
guide-name-architecture = Architecture
guide-name-contributing = Contributing

error-page-404 = There is no such page
    .hint = The address may be mistyped, or the page has moved.
error-page-429 = Too many requests
    .hint = This service was asked too often from your address. Try again in a moment.
error-page-500 = Something broke on our side
    .hint = It is not your fault. Try again in a moment; those who run this service find it in the log.
error-page-home = To the start page

set-up-title = The pages are not complete yet
set-up-lead = The service runs and its API works, but what the pages load in a browser is missing:
set-up-how = Whoever runs this service installs Node.js, runs this in its directory, and starts it again:
set-up-api = ASSETS_DIR says where the service looks for these files.
