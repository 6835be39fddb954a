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
