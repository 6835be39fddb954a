# What administrators manage: tokens, users, statistics, providers, settings and the audit log.
