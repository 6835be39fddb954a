# 管理页面。

dash-parts = 管理页面的各部分
dash-provider = 提供方
dash-all-providers = 全部提供方
dash-closed = 此页面仅供管理员使用
dash-closed-hint = 您的账号不是管理员。请退出登录后以管理员身份进入。
dash-part-missing = 无法加载页面的这一部分。

tab-overview = 概览
tab-keys = API 密钥
tab-tokens = 客户端令牌
tab-users = 用户
tab-import = 导入
tab-statistics = 统计
tab-requests = 请求
tab-providers = 提供方
tab-settings = 设置
tab-audit = 审计

live-connecting = 连接中
    .more = 连接后将实时显示变化。
live-live = 实时
    .more = 变化会实时显示。
live-polling = 每 10 秒
    .more = 无法建立实时连接，页面每十秒查询一次。
live-offline = 离线
    .more = 无法连接服务，显示的是最后已知的内容。

filter-clear = 清除筛选
table-sort = 排序
table-columns = 列
table-pick = 选择第 { $id } 行
table-pick-page = 选择本页所有行
table-picked-label = 已选内容
table-picked = 已选 { $count } 项
table-pick-all = 选择全部 { $count } 个匹配项
table-pick-none = 取消选择

dash-ms = { $count } 毫秒
dash-secs = { $count } 秒
dash-mins = { $count } 分钟

state-active = 可用
state-cooling = 冷却中
state-failed = 失败
state-disabled = 已停用
state-expired = 已过期

over-keys = 可用密钥
over-today = 今日请求（UTC）
over-day = 24 小时内 { $count } 次
over-now = 当前每秒 { $rate } 次，进行中 { $count } 个
over-success = 成功率（24 小时）
over-failed = 失败 { $count } 次
over-attempts = 尝试 { $count } 次
over-tokens = Token（24 小时）
over-prompt = 输入 { $count }
over-completion = 输出 { $count }
over-speed = 速度（24 小时）
over-latency = 完整回答
over-ttft = 首字节
over-hours = 最近 24 小时
over-days = 最近 30 天
over-requests = 请求
over-failures = 失败
over-models = 热门模型（24 小时）
over-no-models = 24 小时内没有请求
over-no-model = （未知）

needs-title = 需要关注
needs-nothing = 一切正常，无需处理。
needs-provider-off = { $name } 已停用。
needs-provider-empty = { $name } 还没有密钥。
needs-provider-idle = { $name } 没有可用的密钥。
needs-keys-failed = { $count } 个密钥失败或被提供方拒绝。
needs-keys-cooling = { $count } 个密钥正在冷却，等待限额恢复。
needs-keys-expired = { $count } 个密钥已过期。
needs-users = { $count } 位用户等待审核。
needs-jobs = 24 小时内有 { $count } 个任务失败。
needs-running = { $count } 个任务正在进行。

news-title = 公告
news-none = 暂无公告
news-add = 发布公告
news-send = 发布
news-done = 公告已发布。
news-delete = 删除公告
news-until = 有效期至
news-level-info = 通知
news-level-warning = 警告
news-level-critical = 紧急
news-to-all = 所有人
news-to-users = 用户
news-to-admins = 管理员
news-field-title = 标题
news-field-body = 内容
news-field-level = 级别
news-field-audience = 对象
news-field-end = 截止时间
news-field-end-hint = 留空则一直显示，直到删除。
