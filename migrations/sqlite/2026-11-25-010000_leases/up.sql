-- Work that one of several processes does, and which one: until `expires_at`, unless it says so
-- again before.
CREATE TABLE leases (
    name TEXT PRIMARY KEY NOT NULL,
    owner TEXT NOT NULL,
    expires_at TIMESTAMP NOT NULL
);
