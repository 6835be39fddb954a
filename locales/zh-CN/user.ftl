# 个人页面。

user-title = 我的密钥
panel-overview = 概览
panel-connect = 接入
panel-account = 账号
saved = 已保存

key-title = 您的密钥
key-none = 您还没有密钥
key-none-hint = 请向服务的管理者申请。
key-copy = 复制密钥
key-rotate = 更换密钥
key-rotate-text = 新密钥将取代当前密钥，旧密钥立即失效；有效期与额度保持不变。
key-rotated = 这是您的新密钥，旧密钥已失效。
key-provider = 提供方
key-any-provider = 不限
key-requests = 请求数
key-ends = 到期时间
key-never = 永不
key-good = 有效
key-ended = 已到期，请签到
key-left = 剩余 { $span }

sign-title = 每日签到
# $days 是连续签到的天数。
sign-streak = 连续 { $days } 天
sign-now = 签到
sign-today = 今日已签到
sign-done = 已延长 { $hours } 小时，密钥有效至 { $until }。
sign-done-plain = 签到成功。
sign-signed = 已签到
sign-sum = 共 { $total } 次，最长连续 { $longest } 天
sign-history = 签到记录
sign-none = 还没有签到
sign-day = 日期（UTC）
sign-at = 时间
month-before = 上个月
month-after = 下个月

limits-title = 剩余额度
limits-none = 您的密钥没有限制。
limit-rpm = 每分钟请求数
limit-tpm = 每分钟 Token 数
limit-dailyRequests = 今日请求数
limit-dailyTokens = 今日 Token 数
limit-maxConcurrency = 同时请求数
limit-left = 剩余 { $remaining } / { $limit }
limit-resets = 恢复时间：

usage-title = 每日用量
usage-span = 天数
usage-days = { $count } 天
usage-requests = 请求数
usage-success = 成功率
usage-failed = 失败
usage-own = 请求有误
usage-refused = 已拒绝
usage-prompt = 输入 Token
usage-completion = 输出 Token
usage-models = 按模型
usage-none = 暂无用量
usage-none-hint = 接入一个程序
usage-tokens = { $tokens } Token

connect-title = 接入程序
connect-lead = 可直接粘贴。即使密钥未显示，复制的内容也包含完整密钥。
connect-show = 显示密钥
connect-hide = 隐藏密钥
connect-url = 接口地址
connect-model = 模型
connect-program = 程序
connect-openWebUi = 在 Open WebUI 的“设置 → 外部连接”中，添加一个 OpenAI API 连接：
connect-cherryStudio = 在 Cherry Studio 的“设置 → 模型服务”中，添加一个类型为 OpenAI 的提供商：
connect-chatbox = 在 Chatbox 的“设置 → 模型提供方”中，添加一个 OpenAI API 兼容的自定义提供方：
connect-field-url = 地址
connect-field-key = API 密钥

sessions-title = 登录的设备
sessions-end-all = 全部退出
sessions-end-all-text = 您的所有会话都会结束，包括当前会话；密钥继续有效。
session-this = 当前
session-unknown = 未知程序
session-end = 退出该会话
session-ended = 该会话已结束。

wishes-title = 偏好
wishes-provider = 默认提供方
wishes-language = 邮件语言

password-title = 密码
password-current = 当前密码
password-next = 新密码
password-rule = 8 到 128 个字符。其他会话将全部结束。
password-change = 修改密码
password-changed = 密码已修改。

second-title = 两步验证
second-on = 已开启
second-off = 未开启
second-lead = 开启后，仅凭密码无法登录，还需要手机验证器中的验证码。
second-lead-on = 登录时需要验证器中的验证码。如果验证器丢失，可以使用恢复码，也可以请服务的管理者将其关闭。
second-set-up = 设置两步验证
second-proof = 请先确认是您本人。
second-next = 继续
second-scan = 请用验证器应用（TOTP）扫描，或手动输入下方密钥。两者仅在此时显示。
second-qr = 包含密钥的二维码
second-secret = 密钥
second-link = 在本机的应用中打开
second-code = 验证器中的验证码
second-turn-on = 开启
second-is-on = 已开启两步验证，今后登录需要验证码。
recovery-title = 恢复码
recovery-lead = 无法使用验证器时，每个恢复码可代替一次验证码。恢复码仅在此时显示：请像保存密码一样妥善保存，不要与验证器放在一起。
recovery-left = 剩余 { $count } 个恢复码。
recovery-renew = 重新生成恢复码
recovery-renew-text = 现有的恢复码将全部失效。
recovery-save = 保存为文件
recovery-done = 我已保存
second-turn-off = 关闭两步验证
second-off-text = 关闭后，登录只需要密码或邮件验证码。
second-is-off = 两步验证已关闭。
second-there = 两步验证已经开启。请先关闭，再重新设置。
second-lost = 此密钥已失效。请关闭窗口，重新设置。

data-title = 您的数据
data-lead = 提示词与回答不会保存。已保存的数据可以下载或删除。
data-export = 下载
data-delete = 删除账号
data-delete-text = 账号 { $email } 及其密钥、会话与签到记录将被删除，且无法恢复。
data-delete-kept = 为防止通过重新注册获得新的额度，系统会将您邮箱地址的带密钥哈希保留 90 天，并附带密钥到期时间、最近签到日期和密钥当日用量。无法从哈希还原邮箱地址。
data-delete-action = 永久删除
