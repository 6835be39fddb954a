//! The guides of this repository, as they are on `/project`: its own Markdown, in the binary.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use super::markdown;
use crate::language::Language;

/// Their names, in the order in which they are listed; the first is shown unless one is named.
pub const NAMES: [&str; 12] = [
    "changelog",
    "readme",
    "admin",
    "operations",
    "clients",
    "verdicts",
    "metrics",
    "redis",
    "performance",
    "pages",
    "architecture",
    "contributing",
];

/// Each file with its name here.
const FILES: [(&str, &str, &str); 12] = [
    ("changelog", "CHANGELOG.md", include_str!("../../CHANGELOG.md")),
    ("readme", "README.md", include_str!("../../README.md")),
    ("admin", "docs/admin.md", include_str!("../../docs/admin.md")),
    ("operations", "docs/operations.md", include_str!("../../docs/operations.md")),
    ("clients", "docs/clients.md", include_str!("../../docs/clients.md")),
    ("verdicts", "docs/verdicts.md", include_str!("../../docs/verdicts.md")),
    ("metrics", "docs/metrics.md", include_str!("../../docs/metrics.md")),
    ("redis", "docs/redis.md", include_str!("../../docs/redis.md")),
    ("performance", "docs/performance.md", include_str!("../../docs/performance.md")),
    ("pages", "docs/pages.md", include_str!("../../docs/pages.md")),
    ("architecture", "ARCHITECTURE.md", include_str!("../../ARCHITECTURE.md")),
    ("contributing", "CONTRIBUTING.md", include_str!("../../CONTRIBUTING.md")),
];

const README_CHINESE: &str = include_str!("../../README.zh-CN.md");

/// What isn't here is there.
const REPOSITORY: &str = concat!(env!("CARGO_PKG_REPOSITORY"), "/blob/main/");

static RENDERED: LazyLock<BTreeMap<&str, String>> = LazyLock::new(|| {
    let one = |(name, file, text): (&'static str, &str, &str)| {
        let folder = file.rsplit_once('/').map_or("", |(folder, _)| folder);
        (name, markdown::html(text, |link| address(folder, link)))
    };
    let chinese = ("readme.zh-CN", "README.zh-CN.md", README_CHINESE);
    FILES.into_iter().chain([chinese]).map(one).collect()
});

/// A guide in HTML. Only the readme is there in Chinese.
pub fn html(name: &str, language: Language) -> Option<&'static str> {
    let translated = format!("{name}.{}", language.tag());
    let found = RENDERED.get(translated.as_str()).or_else(|| RENDERED.get(name))?;
    NAMES.contains(&name).then_some(found)
}

/// Where a link of a file in this folder leads to here.
fn address(folder: &str, link: &str) -> String {
    let (path, fragment) = link.split_once('#').unwrap_or((link, ""));
    let hash = if fragment.is_empty() { String::new() } else { format!("#{fragment}") };
    if path.is_empty() {
        return hash;
    }
    if path.starts_with("https://") || path.starts_with("http://") {
        return link.to_owned();
    }
    let file = super::assets::joined(folder, path);
    match FILES.iter().find(|(_, known, _)| *known == file) {
        Some((name, ..)) => format!("/project/{name}{hash}"),
        None if file == "README.zh-CN.md" => "/project/readme".to_owned(),
        None => format!("{REPOSITORY}{file}{hash}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_stay_here_where_they_can() {
        for (folder, link, expected) in [
            ("", "docs/admin.md", "/project/admin"),
            ("", "docs/admin.md#keys", "/project/admin#keys"),
            ("docs", "../ARCHITECTURE.md", "/project/architecture"),
            ("docs", "verdicts.md", "/project/verdicts"),
            ("", "#start", "#start"),
            ("", "https://example.org/a#b", "https://example.org/a#b"),
            ("", "README.zh-CN.md", "/project/readme"),
            ("", "LICENSE", "https://github.com/dext7r/ollama-api-pool/blob/main/LICENSE"),
        ] {
            assert_eq!(address(folder, link), expected, "{folder} {link}");
        }
    }

    #[test]
    fn every_guide_is_there() {
        for name in NAMES {
            assert!(
                html(name, Language::English).is_some_and(|html| html.contains("<h1")),
                "{name}"
            );
        }
        assert!(html("readme.zh-CN", Language::English).is_none(), "no name of its own");
        assert_ne!(html("readme", Language::Chinese), html("readme", Language::English));
    }
}
