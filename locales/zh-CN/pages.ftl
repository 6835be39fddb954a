# 每个页面共有的文字，以及脚本运行之前显示的文字。

app-name = Ollama API Pool
app-description = 一个兼容 OpenAI 的地址，背后是许多上游 API Key。

skip-to-content = 跳到正文
nav-label = 页面
nav-stats = 统计
nav-docs = API
nav-user = 我的密钥
nav-project = 项目
nav-dashboard = 控制台
footer-label = 更多
loading = 加载中…
needs-script = 此页面需要启用 JavaScript。

hero-title = 一个地址，用上全部模型
hero-lead = 任何 OpenAI 客户端都可以接入。号池为每个请求挑选健康的 Key；一个失败，下一个立刻接上，您几乎感觉不到。
hero-failover = 持续可用
    .more = 失败或被限流的 Key 自动休息，其余继续服务。
hero-compatible = 兼容现有工具
    .more = OpenAI 客户端、流式输出、工具调用：只需换个地址。
hero-private = 只属于您
    .more = 提示词只转发、不保存，密钥加密存放。
hero-sample = Python 示例
guide-name-changelog = 更新日志
guide-name-readme = 项目说明
guide-name-admin = 管理指南
guide-name-operations = 运维
guide-name-verdicts = 判定规则
guide-name-metrics = 监控指标
guide-name-clients = 客户端
guide-name-redis = Redis
guide-name-performance = 性能
guide-name-pages = 页面
guide-name-architecture = 架构
guide-name-contributing = 参与开发

error-page-404 = 没有这个页面
    .hint = 地址可能有误，或页面已移走。
error-page-429 = 请求过多
    .hint = 您的地址对本服务的请求过于频繁。请稍后再试。
error-page-500 = 我们这边出了问题
    .hint = 这不是您的错。请稍后再试；运维人员可在日志中查到原因。
error-page-home = 返回首页

set-up-title = 页面尚未准备完整
set-up-lead = 服务正在运行，API 可用，但页面在浏览器中需要的文件缺失：
set-up-how = 请服务的管理者安装 Node.js，在其目录中运行以下命令，然后重新启动：
set-up-api = ASSETS_DIR 指定服务到哪里寻找这些文件。
