//! What people read is whole: each text is there in every language, is used, and is loaded by the
//! page that shows it.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use fluent_syntax::ast::{Entry, Expression, InlineExpression, Pattern, PatternElement};
use fluent_syntax::parser::parse;
use ollama_api_pool::error::ErrorCode;
use ollama_api_pool::language::Language;
use ollama_api_pool::pages::Assets;

/// Texts by name, `id` or `id.attribute`, each with the variables that it shows.
type Texts = BTreeMap<String, BTreeSet<String>>;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).to_owned()
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// All files below, by path.
fn files(dir: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(dir).expect("a directory").map(|entry| entry.unwrap().path());
    entries.flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] }).collect()
}

/// The texts of each file of a language.
fn texts(language: Language) -> BTreeMap<String, Texts> {
    let of = |path: PathBuf| {
        let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
        (name, texts_of(&path))
    };
    files(&root().join("locales").join(language.tag())).into_iter().map(of).collect()
}

fn texts_of(path: &Path) -> Texts {
    let resource = parse(read(path)).unwrap_or_else(|(_, errors)| panic!("{path:?}: {errors:?}"));
    let mut texts = Texts::new();
    for entry in resource.body {
        let Entry::Message(message) = entry else { continue };
        let id = message.id.name;
        for attribute in message.attributes {
            texts.insert(format!("{id}.{}", attribute.id.name), variables(&attribute.value));
        }
        if let Some(value) = &message.value {
            texts.insert(id, variables(value));
        }
    }
    texts
}

fn variables(pattern: &Pattern<String>) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for element in &pattern.elements {
        let PatternElement::Placeable { expression } = element else { continue };
        let (selector, variants) = match expression {
            Expression::Inline(inline) => (inline, &[][..]),
            Expression::Select { selector, variants } => (selector, &variants[..]),
        };
        if let InlineExpression::VariableReference { id } = selector {
            found.insert(id.name.clone());
        }
        found.extend(variants.iter().flat_map(|variant| variables(&variant.value)));
    }
    found
}

/// The text between the first and the next of this quote.
fn quoted(text: &str) -> Option<&str> {
    let quote = text.chars().next().filter(|c| matches!(c, '\'' | '"' | '`'))?;
    text[1..].split(quote).next()
}

/// What a source asks for by name, as `t('name'` or `key="name"`. A name that is put together is
/// left out, as is one that is more than a name.
fn asked(source: &str) -> BTreeSet<String> {
    let source = without_comments(source);
    let calls = source.match_indices("t(").filter(|(at, _)| {
        !source[..*at].ends_with(|before: char| before.is_alphanumeric() || before == '.')
    });
    let arguments = calls.map(|(at, call)| source[at + call.len()..].trim_start());
    let named = arguments.filter_map(|text| {
        let text = text.strip_prefix("key=").unwrap_or(text);
        let name = quoted(text)?;
        let rest = text[name.len() + 2..].trim_start();
        (rest.starts_with([',', ')']) && !name.contains("${")).then(|| name.to_owned())
    });
    named.collect()
}

/// Modules have comments on lines of their own.
fn without_comments(source: &str) -> String {
    let is_code = |line: &&str| !["//", "/*", "*"].iter().any(|mark| line.trim().starts_with(mark));
    source.lines().filter(is_code).collect::<Vec<_>>().join("\n")
}

/// What names begin with that a source puts together, as `name-${x}`, `"name-" ~ x` or `"name-{x}"`.
fn prefixes(source: &str) -> BTreeSet<String> {
    let before = |mark: &str, quote: char| {
        let places = source.match_indices(mark).map(|(at, _)| &source[..at]);
        places.filter_map(|text| Some(text.rsplit_once(quote)?.1)).collect::<Vec<_>>()
    };
    let all = [before("${", '`'), before("\" ~", '"'), before("{id}\"", '"')].concat();
    let is_prefix = |text: &&str| {
        text.ends_with('-') && text.bytes().all(|b| b.is_ascii_lowercase() || b == b'-')
    };
    all.into_iter().filter(is_prefix).map(str::to_owned).collect()
}

/// Everything that may name a text.
fn sources() -> String {
    let mut paths = files(&root().join("templates"));
    paths.extend(files(&root().join("assets/js")));
    paths.extend(["src/mail/render.rs", "src/http/templates.rs"].map(|path| root().join(path)));
    paths.iter().map(|path| read(path)).collect::<Vec<_>>().join("\n")
}

#[test]
fn every_text_is_there_in_every_language() {
    let english = texts(Language::English);
    for language in Language::ALL {
        let translated = texts(language);
        for (file, texts) in &english {
            let other = translated.get(file).unwrap_or_else(|| panic!("{file}: no such file"));
            assert_eq!(other, texts, "{}/{file}.ftl", language.tag());
        }
        assert_eq!(translated.len(), english.len(), "{}: more files", language.tag());
    }
}

#[test]
fn every_text_is_used() {
    let sources = sources();
    let prefixes = prefixes(&sources);
    let is_used = |name: &str| {
        let (id, attribute) = name.split_once('.').unwrap_or((name, ""));
        let direct = ["'", "\"", "`"].iter().any(|quote| {
            [quote, "."].iter().any(|end| sources.contains(&format!("{quote}{id}{end}")))
        });
        let joined = prefixes.iter().any(|prefix| id.starts_with(prefix.as_str()));
        (direct || joined) && (attribute.is_empty() || sources.contains(&format!(".{attribute}")))
    };
    let english = texts(Language::English);
    let names = english.values().flat_map(BTreeMap::keys);
    let unused: Vec<_> = names.filter(|name| !is_used(name)).collect();
    assert!(unused.is_empty(), "nothing asks for {unused:#?}");
}

#[test]
fn no_text_has_two_places() {
    let mut seen = BTreeMap::new();
    for (file, texts) in texts(Language::English) {
        for name in texts.into_keys() {
            if let Some(other) = seen.insert(name.clone(), file.clone()) {
                panic!("{name}: in {other}.ftl and {file}.ftl");
            }
        }
    }
}

#[test]
fn templates_ask_for_texts_that_there_are() {
    let known: BTreeSet<_> =
        texts(Language::English).into_values().flat_map(BTreeMap::into_keys).collect();
    for path in files(&root().join("templates")) {
        let missing: Vec<_> =
            asked(&read(&path)).into_iter().filter(|name| !known.contains(name)).collect();
        assert!(missing.is_empty(), "{}: {missing:?}", path.display());
    }
}

/// The files of texts that a page's module loads: `start(page, 'a', 'b')` names them.
fn loaded(entry: &str) -> Option<Vec<String>> {
    let (_, arguments) = entry.rsplit_once("\nstart(")?;
    let names = arguments.split('\'').skip(1).step_by(2).map(str::to_owned);
    Some(names.chain(["common".to_owned()]).collect())
}

#[test]
fn pages_load_the_texts_that_their_modules_ask_for() {
    let (texts, dir) = (texts(Language::English), root().join("assets"));
    let assets = Assets::read(&dir).expect("assets");
    let mut pages = 0;
    for path in files(&dir.join("js")) {
        let entry = read(&path);
        let Some(names) = loaded(&entry) else { continue };
        let page = path.strip_prefix(&dir).unwrap().to_str().unwrap();
        let known = |name: &String| names.iter().any(|file| texts[file].contains_key(name));
        for module in assets.modules(page).into_iter().chain([page]) {
            if !module.starts_with("js/") {
                continue;
            }
            let asked = asked(&read(&dir.join(module)));
            let missing: Vec<_> = asked.into_iter().filter(|name| !known(name)).collect();
            assert!(missing.is_empty(), "{page} doesn't load what {module} asks for: {missing:?}");
        }
        pages += 1;
    }
    assert!(pages > 3, "pages were found");
}

#[test]
fn every_code_of_an_error_is_explained() {
    let known = &texts(Language::English)["api-docs"];
    for (code, _) in ErrorCode::ALL {
        let name = format!("code-{}", code.as_str().replace('_', "-"));
        assert!(known.contains_key(&name), "{name}");
    }
    let explained = known.keys().filter(|name| name.starts_with("code-")).count();
    assert_eq!(explained, ErrorCode::ALL.len(), "codes that there are no more");
}

#[test]
fn every_icon_is_in_the_list() {
    let icons = read(&root().join("assets/icons.txt"));
    let icons: BTreeSet<&str> = icons.lines().collect();
    for path in files(&root().join("assets/js")) {
        let source = read(&path);
        for (at, mark) in [("icon=\"", '"'), ("icon: '", '\''), ("Icon} name=\"", '"')]
            .into_iter()
            .flat_map(|(start, end)| {
                source.match_indices(start).map(move |(at, _)| (at + start.len(), end))
            })
        {
            let name = source[at..].split(mark).next().unwrap();
            assert!(icons.contains(name), "{}: {name}", path.display());
        }
    }
}
