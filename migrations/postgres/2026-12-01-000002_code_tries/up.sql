-- Tries at a code that was mailed. They belong to the code and not to the address, so that nobody
-- uses up the tries of a code before it is mailed. `email_limits.tries` is not counted any more.
ALTER TABLE email_codes ADD COLUMN tries INTEGER NOT NULL DEFAULT 0;
