# 管理页面：令牌、用户、统计、提供方、设置与审计日志。

manage-actions = 操作
manage-save = 保存
manage-saved = 已保存
manage-delete = 删除
manage-on = 启用
manage-off = 停用

list-no-match = 没有符合条件的记录

factor-title = 两步验证
factor-code = 验证码
factor-hint = 验证器中的六位数字，或一个恢复码。

secret-title = 完整令牌
secret-once = 请立即复制。持有此令牌者即可以其名义使用号池。
secret-snippet = 试一试：

caps = 限额
cap-none = 不限
cap-rpm = 每分钟请求数
cap-tpm = 每分钟 Token 数
cap-daily-requests = 每日请求数
cap-daily-tokens = 每日 Token 数
cap-max-concurrency = 同时请求数
cap-short-rpm = { $count } 次/分
cap-short-tpm = { $count } Token/分
cap-short-daily-requests = { $count } 次/天
cap-short-daily-tokens = { $count } Token/天
cap-short-max-concurrency = 同时 { $count } 个

end-never = 永不
end-keep = 保持不变：{ $end }
end-days = { $count } 天后

token-lead = 每个客户端使用自己的令牌，各有限额。
token-lead-one = 仅限（或可用于）所选提供方的令牌。
token-new = 新建令牌
token-make = 生成令牌
token-filters = 筛选令牌
token-search = 名称或部分令牌
token-status = 状态
token-status-all = 全部状态
token-status-active = 有效
token-status-disabled = 已停用
token-status-expired = 已过期
token-is-active = 有效
token-is-disabled = 已停用
token-is-expired = 已过期
token-none = 还没有令牌
token-none-hint = 新建一个，交给程序使用。
token-name = 名称
token-allowed = 可用范围
token-everything = 不限
token-of-user = 用户 { $id } 的密钥
token-requests = 请求数
token-used = 最近使用
token-ends = 到期
token-made = 创建
token-previous = 旧令牌仍有效，失效时间：
token-edit = 修改 { $name }
token-more = { $name } 的更多操作
token-reveal = 显示完整令牌
token-rotate = 更换令牌
token-rotate-text = { $name } 将获得新令牌，限额与计数保持不变。
token-grace = 旧令牌
token-grace-0 = 立即失效
token-grace-3600 = 继续有效 1 小时
token-grace-86400 = 继续有效 1 天
token-grace-604800 = 继续有效 7 天
token-grace-2592000 = 继续有效 30 天
token-now-on = { $name } 已启用。
token-now-off = { $name } 已停用。
token-delete = 删除令牌
token-delete-text = 使用令牌 { $name } 的程序将立即被拒绝；统计保留。此操作无法撤销。
token-deleted = { $name } 已删除。
token-providers = 提供方
token-providers-hint = 不选即全部可用。
token-models = 模型
token-models-hint = 每行一个；* 代表任意文字，? 代表任一字符。留空即不限。
token-addresses = 来源地址
token-addresses-hint = 每行一个地址或网段。留空即不限。
