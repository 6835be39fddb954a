DROP TABLE token_changes;
DROP TABLE user_totp;
DROP TABLE invitations;
DROP TABLE email_limits;
DROP TABLE email_codes;
DROP TABLE sessions;
ALTER TABLE users DROP COLUMN language;
ALTER TABLE users DROP COLUMN pending;
