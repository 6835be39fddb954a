# 首页。

portal-door = 登录或注册
register = 注册
email = 邮箱
email-first = 请先填写邮箱。
password = 密码
password-new = 新密码
password-hint = 8 到 128 个字符。
code = 邮件验证码
code-send = 发送验证码
code-again = { $seconds } 秒后重发
code-sent = 邮件已发出，请查收。
code-hint = 六位数字，十分钟内有效。
person-failed = 人机验证无法加载，是否被浏览器拦截？
back = 返回

sign-in-by-password = 使用密码
sign-in-by-code = 使用邮件验证码
forgot = 忘记密码？
admin-sign-in = 管理员入口

register-closed = 此服务不开放注册
register-closed-hint = 请向服务的管理者申请账号。
register-pending = 即将完成
register-pending-hint = 需要管理员审核，通过后会发邮件通知您。
register-approval = 新账号需管理员审核，通过后会发邮件通知。
# $hours 是新密钥的有效时长。
register-key = 密钥初始有效期为 { $hours } 小时，每日签到可延长。
invitation = 邀请码
invitation-hint = 由服务的管理者提供。
provider = 提供方
provider-any = 不限
provider-hint = 可将密钥限定于一个提供方。

forgot-title = 设置新密码
forgot-action = 设置密码
forgot-done = 新密码已设置，请用它登录。

admin-lead = 使用启动此服务的令牌登录。若您的账号是管理员，请用普通方式登录。
admin-token = 管理员令牌
admin-token-hint = 即 ADMIN_TOKEN。令牌不会保存；登录状态保持到关闭浏览器，最长 12 小时。

welcome = 欢迎回来
welcome-token = 已使用管理员令牌登录
welcome-dashboard = 控制台
    .more = Key、令牌、用户与待处理事项
welcome-user = 我的密钥
    .more = 密钥、用量与每日签到
welcome-stats = 统计
    .more = 号池的运行情况

steps-title = 开始使用
steps-lead = 还没有任何 Key。完成四步，即可得到第一个回答。
step-key = 添加 Key
step-key-action = 添加
step-key-field = 上游 API Key
step-key-hint = 来自您在提供方的账号，加密保存。
step-test = 测试
step-test-now = 正在询问提供方此 Key 是否可用…
step-test-good = 此 Key 可用。
step-test-bad = 提供方不接受此 Key。
step-test-other = 换一个 Key
step-next = 继续
step-token = 创建令牌
step-token-action = 创建
step-token-field = 名称
step-token-name = 我的第一个令牌
step-token-hint = 客户端使用令牌，而不是上游 Key。名称便于辨认归属。
step-use = 使用
step-use-lead = 一切就绪。将以下命令粘贴到终端：
step-use-once = 其中包含您的令牌，请妥善保存。
step-use-done = 前往控制台
