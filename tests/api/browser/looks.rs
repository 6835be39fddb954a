//! Language and colours, which a browser remembers.

use super::{Window, start};
use crate::support::Store;

async fn theme(window: &Window) -> String {
    let theme = window.run("return document.documentElement.dataset.bsTheme", &[]).await;
    theme.as_str().expect("a theme").to_owned()
}

#[actix_web::test]
async fn a_choice_of_language_and_colours_stays() {
    let (app, window) = start(Store::Sqlite, &[]).await;
    window.go("/stats").await;
    window.sees("Statistics").await;
    assert_eq!(theme(&window).await, "light");
    let first = window.open_another().await;
    window.go("/").await;
    window.press("Colours").await;
    window.press("Dark").await;
    assert_eq!(theme(&window).await, "dark");
    window.reload().await;
    assert_eq!(theme(&window).await, "dark");

    window.press("Language").await;
    window.press("简体中文").await;
    window.sees("一个地址，用上全部模型").await;
    assert_eq!(window.run("return document.documentElement.lang", &[]).await, "zh-CN");
    // The other window has heard of the colours, and of the language when it is loaded again.
    window.look_at(first).await;
    window.until("the other window is dark", async || theme(&window).await == "dark").await;
    window.reload().await;
    window.sees_no("Statistics").await;
    assert_eq!(window.run("return document.documentElement.lang", &[]).await, "zh-CN");
    window.has_no_complaints().await;
    app.stop().await;
}
