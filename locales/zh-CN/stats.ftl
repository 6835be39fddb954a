# 公开统计。

stats-title = 统计
stats-lead = 号池的运行情况，更新于
stats-provider = 提供方
stats-stale = 无法连接服务，以下为最后一次的数据。
stats-requests = 请求数
stats-apart = 累计；请求有误 { $clients }，拒绝 { $refused }，中断 { $left }
stats-success-rate = 成功率
stats-of = 成功 { $success }，失败 { $failure }
stats-today = 最近 24 小时
stats-last-day = 次请求
stats-keys = 可用密钥
stats-keys-note = 休息中 { $resting }，已停用 { $failed }
stats-trend = 每小时请求数
stats-success = 成功
stats-failure = 失败
stats-client-errors = 请求有误
stats-refused = 已拒绝
stats-left = 中断
stats-recent = 24 小时热门
stats-none-recent = 24 小时内没有请求
stats-models = 模型
stats-model = 模型
stats-none = 还没有请求
stats-none-hint = 有人开始对话后，模型会显示在这里。
