//! Files that pages load, under a path with a fingerprint of them all: so a browser may keep them
//! for ever, and modules import each other by relative paths.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};

use anyhow::Context;
use bytes::Bytes;
use flate2::Compression;
use flate2::write::GzEncoder;
use sha2::{Digest, Sha256};

use crate::texts;

/// What `make assets` brings, and no page works without.
const NEEDED: [&str; 3] = ["vendor/preact.js", "vendor/tabler.css", "js/html.js"];

/// Smaller files gain little.
const COMPRESSED_MIN: usize = 512;

/// Characters of the fingerprint in paths: 64 bits.
const BUILD_LEN: usize = 16;

/// What pages load.
#[derive(Debug, Clone)]
pub struct Asset {
    /// What is in it.
    pub content: Content,
    /// The same by gzip, where that is worth it.
    pub compressed: Option<Bytes>,
}

/// What is in an asset.
#[derive(Debug, Clone)]
pub enum Content {
    /// A file of the directory.
    File(PathBuf),
    /// A text of the binary.
    Text(Bytes),
}

/// All of them, as they were when the process began.
#[derive(Debug)]
pub struct Assets {
    all: BTreeMap<String, Asset>,
    /// What each module imports, by path.
    imports: BTreeMap<String, Vec<String>>,
    build: String,
    missing: Vec<&'static str>,
}

impl Assets {
    /// Reads this directory; there need not be one. The texts of modules are beside its files.
    pub fn read(dir: &Path) -> anyhow::Result<Self> {
        let mut paths = BTreeMap::new();
        walk(dir, "", &mut paths)?;
        let missing = NEEDED.into_iter().filter(|path| !paths.contains_key(*path)).collect();
        let mut this =
            Self { all: BTreeMap::new(), imports: BTreeMap::new(), build: String::new(), missing };
        let mut sum = Sha256::new();
        for (path, file) in paths {
            let content = fs::read(&file).with_context(|| file.display().to_string())?;
            sum.update(&path);
            sum.update(Sha256::digest(&content));
            this.add(path, &content, Content::File(file));
        }
        for (name, text) in texts::sources() {
            sum.update(&name);
            sum.update(Sha256::digest(&text));
            let content = Content::Text(Bytes::from(text.clone()));
            this.add(format!("locales/{name}"), text.as_bytes(), content);
        }
        this.build = hex::encode(sum.finalize());
        this.build.truncate(BUILD_LEN);
        Ok(this)
    }

    fn add(&mut self, path: String, bytes: &[u8], content: Content) {
        if path.ends_with(".js") {
            let text = String::from_utf8_lossy(bytes);
            self.imports.insert(path.clone(), imported(&path, &text));
        }
        self.all.insert(path, Asset { content, compressed: compressed(bytes) });
    }

    /// A fingerprint of them all.
    pub fn build(&self) -> &str {
        &self.build
    }

    /// The asset at this path.
    pub fn find(&self, path: &str) -> Option<&Asset> {
        self.all.get(path)
    }

    /// What is missing.
    pub fn missing(&self) -> &[&'static str] {
        &self.missing
    }

    /// All modules that this one imports, directly or not: a browser that is told of them at once
    /// needn't find out one after the other.
    pub fn modules(&self, path: &str) -> BTreeSet<&str> {
        let (mut found, mut open) = (BTreeSet::new(), vec![path]);
        while let Some(path) = open.pop() {
            for next in self.imports.get(path).into_iter().flatten() {
                if found.insert(next.as_str()) {
                    open.push(next);
                }
            }
        }
        found
    }
}

/// These bytes by gzip, if that makes them smaller.
fn compressed(bytes: &[u8]) -> Option<Bytes> {
    if bytes.len() < COMPRESSED_MIN {
        return None;
    }
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes).ok()?;
    let small = encoder.finish().ok()?;
    (small.len() < bytes.len()).then(|| Bytes::from(small))
}

/// Files by their path under `dir`, with slashes.
fn walk(dir: &Path, prefix: &str, found: &mut BTreeMap<String, PathBuf>) -> anyhow::Result<()> {
    let entries = match fs::read_dir(dir) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
        entries => entries.with_context(|| dir.display().to_string())?,
    };
    for entry in entries {
        let entry = entry.with_context(|| dir.display().to_string())?;
        let Ok(name) = entry.file_name().into_string() else { continue };
        if name.starts_with('.') {
            continue;
        }
        let (path, file) = (format!("{prefix}{name}"), entry.path());
        if file.is_dir() {
            walk(&file, &format!("{path}/"), found)?;
        } else {
            found.insert(path, file);
        }
    }
    Ok(())
}

/// What `import … from './x.js'` and `export … from './x.js'` name in this module.
fn imported(path: &str, text: &str) -> Vec<String> {
    let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
    let quoted = |rest: &str| {
        let rest = rest.trim_start();
        let quote = rest.chars().next().filter(|c| matches!(c, '\'' | '"'))?;
        let (named, _) = rest.get(1..)?.split_once(quote)?;
        named.starts_with('.').then(|| joined(folder, named))
    };
    text.split("from").skip(1).filter_map(quoted).collect()
}

/// `../vendor/x.js` seen from `js`.
pub fn joined(folder: &str, named: &str) -> String {
    let mut parts: Vec<&str> = folder.split('/').filter(|part| !part.is_empty()).collect();
    for part in named.split('/') {
        match part {
            "." => {}
            ".." => drop(parts.pop()),
            part => parts.push(part),
        }
    }
    parts.join("/")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn modules_are_found_through_others() {
        let dir = tempfile::tempdir().unwrap();
        let write = |path: &str, text: &str| {
            let file = dir.path().join(path);
            fs::create_dir_all(file.parent().unwrap()).unwrap();
            fs::write(file, text).unwrap();
        };
        write("js/a.js", "import { b } from './part/b.js';\nexport { c } from \"../vendor/c.js\";");
        write("js/part/b.js", "import{a}from'../a.js'; import c from 'bare';");
        write("vendor/c.js", "let from = 1;");
        let assets = Assets::read(dir.path()).unwrap();
        let modules: Vec<_> = assets.modules("js/a.js").into_iter().collect();
        assert_eq!(modules, ["js/a.js", "js/part/b.js", "vendor/c.js"]);
        assert!(assets.modules("js/none.js").is_empty());
        let before = assets.build().to_owned();
        assert_eq!(Assets::read(dir.path()).unwrap().build(), before);
        write("vendor/c.js", "let from = 2;");
        assert_ne!(Assets::read(dir.path()).unwrap().build(), before, "another build");
    }

    #[test]
    fn without_a_directory_everything_is_missing() {
        let dir = tempfile::tempdir().unwrap();
        let assets = Assets::read(&dir.path().join("none")).unwrap();
        assert_eq!(assets.missing(), NEEDED);
        assert!(assets.find("js/html.js").is_none());
    }
}
