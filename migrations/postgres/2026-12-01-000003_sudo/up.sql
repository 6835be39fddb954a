-- When the session's user last showed their password, or a code of their second factor where they
-- have one; NULL for never. For five minutes after it the session may do what carries secrets or
-- grants power.
ALTER TABLE sessions ADD COLUMN proven_at TIMESTAMP;

-- The origin and the kind that the provider had when an administrator last agreed to send its keys
-- there, while it has others now: until one agrees again no key is sent. NULL where nothing moved.
ALTER TABLE providers ADD COLUMN confirmed_origin TEXT;
ALTER TABLE providers ADD COLUMN confirmed_kind TEXT;
