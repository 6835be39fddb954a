//! `Dockerfile` and `.dockerignore`.

use super::{lines, path, read, settings};

/// The instructions: their name, and the rest in one line.
fn instructions() -> Vec<(String, String)> {
    let joined = lines("Dockerfile").join("\n").replace("\\\n", " ");
    let split = |line: &str| {
        let (name, rest) = line.split_once(' ').expect("an instruction");
        (name.to_owned(), rest.to_owned())
    };
    joined.lines().map(split).collect()
}

fn all<'a>(of: &'a [(String, String)], name: &str) -> Vec<&'a str> {
    of.iter().filter(|(one, _)| one == name).map(|(_, rest)| rest.as_str()).collect()
}

/// What `cargo` and `scripts/assets.sh` read in the image.
fn copied() -> Vec<String> {
    let mut sources = Vec::new();
    for copy in all(&instructions(), "COPY") {
        let words: Vec<&str> = copy.split_whitespace().collect();
        if !words[0].starts_with("--from") {
            sources.extend(words[..words.len() - 1].iter().map(|word| (*word).to_owned()));
        }
    }
    sources
}

#[test]
fn nobody_special_runs_what_the_image_holds() {
    let all_of_it = instructions();
    let user = all(&all_of_it, "USER");
    let number = user.last().and_then(|user| user.split(':').next());
    assert!(
        number.and_then(|number| number.parse().ok()).is_some_and(|id: u32| id > 0),
        "{user:?}"
    );
    let from = all(&all_of_it, "FROM");
    for base in &from {
        let image = base.split(' ').next().expect("an image");
        let tag = image.rsplit_once(':').map(|(_, tag)| tag);
        assert!(tag.is_some_and(|tag| tag != "latest"), "{image}");
    }
    let manifest = read("Cargo.toml");
    let version =
        manifest.split("rust-version = \"").nth(1).and_then(|rest| rest.split('"').next());
    let rust = format!("rust:{}-", version.expect("a version"));
    assert!(from.iter().any(|base| base.starts_with(&rust)), "{from:?} {rust}");
    let run = all(&all_of_it, "RUN").join("\n");
    assert!(run.contains("--locked --profile dist") && manifest.contains("[profile.dist]"));
    let check = all(&all_of_it, "HEALTHCHECK");
    assert!(check.len() == 1 && check[0].ends_with("ollama-api-pool\", \"healthcheck\"]"));
}

#[test]
fn its_settings_are_known() {
    let (known, all_of_it) = (settings(), instructions());
    let environment = all(&all_of_it, "ENV").join(" ");
    let names: Vec<&str> = environment
        .split_whitespace()
        .map(|pair| pair.split('=').next().expect("a name"))
        .collect();
    assert!(names.contains(&"DATA_DIR") && names.contains(&"ASSETS_DIR"), "{names:?}");
    for name in names {
        assert!(known.contains(name), "{name}");
    }
}

#[test]
fn what_is_copied_is_there_and_not_left_out() {
    let left_out = lines(".dockerignore");
    for source in copied() {
        let source = source.trim_start_matches("*.");
        assert!(source == "md" || path(source).exists(), "{source}");
        assert!(!left_out.iter().any(|one| one == source), "{source} is left out");
    }
    for name in ["target", "data", ".env", ".git", "node_modules", "assets/vendor"] {
        assert!(left_out.iter().any(|one| one == name), "{name} is sent along");
    }
}

/// Cargo looks for what its manifest names, also where it doesn't build it.
#[test]
fn what_the_manifest_names_is_copied() {
    let copied = copied();
    let manifest = read("Cargo.toml");
    let members = manifest.split("members = [\"").nth(1).and_then(|rest| rest.split('"').next());
    assert!(manifest.contains("[[bench]]"), "else there is nothing to look for in `benches`");
    for name in ["Cargo.toml", "Cargo.lock", "src", "benches", members.expect("members")] {
        assert!(copied.iter().any(|one| one == name), "{name}");
    }
}

/// What the binary is made of besides `src`.
#[test]
fn what_is_embedded_is_copied() {
    let copied = copied();
    for (file, start) in [
        ("src/pages/guides.rs", "include_str!(\"../../"),
        ("src/texts.rs", "#[folder = \""),
        ("src/db/migrations.rs", "embed_migrations!(\""),
    ] {
        let text = read(file);
        let embedded =
            text.split(start).skip(1).map(|rest| rest.split('"').next().expect("a path"));
        let mut found = 0;
        for name in embedded {
            found += 1;
            let folder = name.split_once('/').map(|(folder, _)| folder);
            let is_copied = match folder {
                Some(folder) => copied.iter().any(|one| one == folder),
                None => {
                    copied.iter().any(|one| one == name || (one == "*.md" && name.ends_with(".md")))
                }
            };
            assert!(is_copied, "{name}, which {file} embeds");
        }
        assert!(found > 0, "{file}");
    }
}
