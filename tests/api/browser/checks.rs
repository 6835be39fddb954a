//! What every page has to be: without barriers, and without a complaint in the console.

use std::path::Path;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use serde_json::{Value, json};

use super::window::{SCREENSHOTS, Window};

const AXE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/node_modules/axe-core/axe.min.js");

/// What keeps people out; what is less, axe calls minor or moderate.
const LOOK: &str = "
    const { violations } = await axe.run(document, { resultTypes: ['violations'] });
    return violations
        .filter(({ impact }) => impact === 'serious' || impact === 'critical')
        .map(({ id, impact, nodes }) => ({ id, impact, where: nodes.map(({ target, any }) => `${target}: ${any.map(({ message }) => message)}`) }));
";

/// Nothing is still to come, and no colour is on its way to another.
const QUIET: &str = "
    return document.readyState === 'complete' && !document.querySelector('.loading, .skeleton, [aria-busy=true]')
        && document.querySelector('h1') !== null
        && !document.getAnimations().some((one) => one instanceof CSSTransition);
";

/// How high a picture gets.
const HEIGHT_MAX: u64 = 2_400;

impl Window {
    /// Waits until all of the page is there.
    pub async fn settles(&self) {
        self.until("the page is quiet", async || self.run(QUIET, &[]).await == true).await;
    }

    /// axe-core finds nothing serious on this page.
    pub async fn has_no_barriers(&self, place: &str) {
        if self.run("return typeof axe", &[]).await == "undefined" {
            let axe = std::fs::read_to_string(AXE).expect("`make assets` brings axe-core");
            self.run(&axe, &[]).await;
        }
        let found = self.run_async(LOOK, &[]).await;
        assert_eq!(found, json!([]), "{place}: {found:#}");
    }

    /// The whole page as a picture, as wide as this.
    pub async fn whole_picture(&self, name: &str) {
        let size = "return [innerWidth, document.documentElement.scrollHeight]";
        let size = self.run(size, &[]).await;
        let height = size[1].as_u64().expect("a number").min(HEIGHT_MAX);
        let clip = json!({"x": 0, "y": 0, "width": size[0], "height": height, "scale": 1});
        let how = json!({"format": "png", "captureBeyondViewport": true, "clip": clip});
        let answer = self.devtools("Page.captureScreenshot", how).await;
        let bytes = BASE64_STANDARD.decode(answer["data"].as_str().expect("a picture"));
        std::fs::create_dir_all(SCREENSHOTS).expect("a directory");
        let path = Path::new(SCREENSHOTS).join(format!("{name}.png"));
        std::fs::write(path, bytes.expect("base64")).expect("it is written");
    }

    /// As on a screen of this size.
    pub async fn is_sized(&self, width: u32, height: u32) {
        let size =
            json!({"width": width, "height": height, "deviceScaleFactor": 1, "mobile": false});
        self.devtools("Emulation.setDeviceMetricsOverride", size).await;
    }

    /// No script has failed, and nothing was kept out by the Content-Security-Policy. That an answer
    /// was an error is no complaint: some tests want it.
    pub async fn has_no_complaints(&self) {
        let is_complaint = |line: &&Value| line["level"] == "SEVERE" && line["source"] != "network";
        let lines = self.console().await;
        let complaints: Vec<_> = lines.iter().filter(is_complaint).collect();
        assert!(complaints.is_empty(), "the console says {complaints:#?}");
    }
}
