# 邮件文案。每种邮件有主题、首段（lead）和末段（note）。

mail-code-register = 您的注册验证码
    .lead = 请使用此验证码为您的邮箱注册账号：
    .note = 如果不是您本人操作，可能有人误填了您的邮箱。请勿将验证码告诉任何人。

mail-code-login = 您的登录验证码
    .lead = 请使用此验证码登录：
    .note = 如果不是您本人操作，说明有人填写了您的邮箱。请勿将验证码告诉任何人：拿到它的人可以登录您的账号。

mail-code-reset = 您的重置密码验证码
    .lead = 请使用此验证码设置新密码：
    .note = 如果不是您本人操作，说明有人填写了您的邮箱。请勿将验证码告诉任何人：拿到它的人可以接管您的账号。

mail-already-registered = 您已有账号
    .lead = 有人请求用您的邮箱注册账号，但该邮箱已有账号。请用密码登录；如果忘记了密码，请获取验证码来设置新密码。
    .note = 如果不是您本人操作，无需处理：没有任何更改。

mail-no-account = 您的邮箱没有账号
    .lead = 有人请求用您的邮箱登录或设置新密码，但该邮箱没有账号。您也许用的是另一个邮箱；否则请先注册。
    .note = 如果不是您本人操作，无需处理。

mail-password-changed = 您的密码已更改
    .lead = 您账号的密码已更改。
    .note = 如果不是您本人操作，请立即获取发往此邮箱的验证码并设置新密码。

mail-approved = 您的账号已开通
    .lead = 管理员已批准您的账号，现在可以登录了。
    .note = 您曾用此邮箱申请该账号。

mail-account-deleted = 您的账号已删除
    .lead = 您的账号及其密钥已删除。
    .note = 如果您对此感到意外，请联系本服务的运营者。

# $minutes：验证码的有效分钟数。
mail-code-lives = { $minutes } 分钟内有效，仅能使用一次。

mail-open = 打开 Ollama API Pool

# $address：收件地址。
mail-footer = 本邮件由 Ollama API Pool 自动发送至 { $address }，请勿回复。
