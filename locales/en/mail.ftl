# What mails say. Each kind has its subject, a first paragraph (lead) and a last one (note).

mail-code-register = Your code to create an account
    .lead = With this code you can create an account for your address:
    .note = If you did not ask for it, somebody typed your address by mistake. Never give the code to anyone.

mail-code-login = Your code to sign in
    .lead = With this code you can sign in:
    .note = If you did not ask for it, somebody typed your address. Never give the code to anyone: whoever has it can sign in as you.

mail-code-reset = Your code to set a new password
    .lead = With this code you can set a new password:
    .note = If you did not ask for it, somebody typed your address. Never give the code to anyone: whoever has it can take over your account.

mail-already-registered = You have an account already
    .lead = Somebody asked to create an account for your address, but it has one. Sign in with your password; if you have forgotten it, ask for a code to set a new one.
    .note = If it was not you, there is nothing to do: nothing was changed.

mail-no-account = There is no account for your address
    .lead = Somebody asked for a code to sign in or to set a new password with your address, but it has no account. Perhaps yours has another address; otherwise create one.
    .note = If it was not you, there is nothing to do.

mail-password-changed = Your password was changed
    .lead = The password of your account was changed.
    .note = If it was not you, set a new password at once: ask for a code to this address.

mail-approved = Your account is ready
    .lead = An administrator has approved your account. You can sign in now.
    .note = You asked for this account with your address.

mail-account-deleted = Your account was deleted
    .lead = Your account and its key were deleted.
    .note = If this comes as a surprise, ask those who run this service.

mail-keys-exported = Upstream keys were exported
    .lead = An administrator has just downloaded whole upstream keys. The audit log says who, from where, and which.
    .note = You get this mail because you administer the pool. If nobody should have done this, replace the admin token, end the sessions, and change the keys at their providers.

# $left is how many recovery codes are left.
mail-recovery-code-used = A recovery code of yours was used
    .lead =
        Instead of a code of your app, a recovery code was used with your account. { $left ->
            [0] You have none left.
            [one] You have one left.
           *[other] You have { $left } left.
        } Make new ones on the page of your account.
    .note = If it was not you, somebody has your recovery codes and can sign in: change your password, make new recovery codes and end all sessions at once.

# $provider is its id, $origin and $place are URLs with the kind behind them, $actor is an address or `admin-token`.
mail-provider-moved = A provider has moved: its keys are held back
    .lead = { $actor } has moved the provider "{ $provider }" from { $origin } to { $place }. No key is sent there until an administrator confirms the new place.
    .note = If you know of it, look at the address and confirm it on the page of providers. If nobody was to do this, change the address back, and end the sessions of whoever did it.

# $minutes is how long the code is good.
mail-code-lives =
    { $minutes ->
        [one] It is good for one minute, and once.
       *[other] It is good for { $minutes } minutes, and once.
    }

mail-open = Open Ollama API Pool

# $address is the address that the mail went to.
mail-footer = Sent to { $address } by Ollama API Pool. Nobody reads answers to this mail.
