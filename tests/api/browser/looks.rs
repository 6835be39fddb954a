//! Language and colours, which a browser remembers, and the menus they are chosen from.

use serde_json::json;

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

/// Where the open menu begins, from the top of the window, in pixels.
async fn menu_top(window: &Window) -> f64 {
    let read = "return document.querySelector('.menu-list')?.getBoundingClientRect().top ?? -1";
    window.run(read, &[]).await.as_f64().expect("a number")
}

#[actix_web::test]
async fn a_menu_stays_open_when_the_page_scrolls_by_itself() {
    let (app, window) = start(Store::Sqlite, &[]).await;
    window.go("/stats").await;
    window.sees("Statistics").await;
    let scroll = "document.body.style.minHeight = '300vh';
        await new Promise((done) => {
            addEventListener('scroll', () => requestAnimationFrame(done), { once: true });
            scrollTo(0, arguments[0] ?? 0);
        });
        return scrollY;";
    window.press("Colours").await;
    window.sees("Dark").await;
    let top = menu_top(&window).await;
    assert_ne!(window.run_async(scroll, &[json!(40)]).await, json!(0));
    assert_eq!(menu_top(&window).await, top, "the header stays, and its menu with it");
    window.press("Dark").await;
    assert_eq!(theme(&window).await, "dark");

    window.press("Colours").await;
    window.sees("Dark").await;
    window.run("document.querySelector('header').style.position = 'static'", &[]).await;
    window.run_async(scroll, &[json!(600)]).await;
    window.sees_no("Dark").await;
    app.stop().await;
}
