# 每个页面的脚本所用的文字。

confirm = 确认
cancel = 取消
close = 关闭
copy = 复制
copied = 已复制
show = 显示
hide = 隐藏
menu = 页面
language = 语言
theme = 配色
theme-light = 浅色
theme-dark = 深色
theme-auto = 跟随系统
account = 账号
my-account = 我的账号
sign-in = 登录
sign-out = 退出登录
loading-now = 加载中
try-again = 重试
pages = 列表分页
page-of = 第 { $page } / { $pages } 页 · 共 { $total } 条
page-before = 上一页
page-after = 下一页

span-day = { $count } 天
span-hour = { $count } 小时
span-minute = { $count } 分
span-second = { $count } 秒

# API 错误代码的含义。其余的按服务器原文显示。
error-offline = 无法连接服务，请检查网络。
error-unknown = 服务返回了 { $status }，没有更多说明。
error-wrong-credentials = 邮箱、密码或验证码不正确。
error-wrong-code = 验证码错误、已使用或已过期，请重新获取。
error-too-many-tries = 验证码错误次数过多，请稍后重新获取。
error-rate-limited =
    { $seconds ->
        [0] 请求过于频繁，请稍后再试。
       *[other] 请求过于频繁，请等待 { $seconds } 秒。
    }
error-not-signed-in = 您尚未登录或登录已失效，请重新登录。
error-invalid-api-key = 令牌不正确。
error-account-disabled = 管理员已停用此账号。
error-account-pending = 账号正在等待管理员审核，通过后会发邮件通知您。
error-registration-closed = 此服务不开放注册。
error-invitation-required = 注册需要邀请码；此邀请码无效或已用完。
error-already-signed = 您今天已经签到。
error-forbidden = 您没有权限执行此操作。
error-sudo-required = 请再次验证您的身份，然后重试。
error-totp-setup-required = 此服务要求管理员启用两步验证，请在账号页面设置。
error-totp-wrong = 两步验证码错误或已使用。
error-turnstile-failed = 人机验证没有通过，请重新验证。
error-internal-error = 服务内部出错。
error-unavailable = 服务繁忙，请稍后再试。

# 已登录者再次验证身份。
sudo-title = 请验证身份
sudo-lead = 此操作涉及密钥或权限，请再次验证您的身份。验证后五分钟内有效，仅限此浏览器。
sudo-password = 您的密码
sudo-token = 管理员令牌
sudo-wrong = 密码不正确。
sudo-action = 继续
sudo-nothing = 您既没有密码，也没有启用两步验证。请先设置密码：退出登录，然后在登录页选择“忘记密码？”。

factor-code = 两步验证
    .hint = 验证器中的六位数字。
    .other = 使用恢复码
factor-recovery = 恢复码
    .hint = 设置两步验证时显示的十个恢复码之一，每个只能使用一次。
    .other = 使用验证器中的验证码
