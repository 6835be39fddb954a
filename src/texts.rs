//! What people read: texts in their languages (`locales/`) and the templates that they go into
//! (`templates/`). Both are in the binary; a debug build reads them from the source when it starts,
//! all but the texts that templates ask for.

use std::borrow::Cow;

use fluent_templates::{FluentLoader, LanguageIdentifier, Loader, static_loader};
use rust_embed::RustEmbed;
use tera::Tera;

use crate::language::Language;

static_loader! {
    static TEXTS = {
        locales: "./locales",
        fallback_language: "en",
        // Without marks of direction around what is put in: a code is copied as it stands.
        customise: |bundle| bundle.set_use_isolating(false),
    };
}

#[derive(RustEmbed)]
#[folder = "templates"]
struct Templates;

#[derive(RustEmbed)]
#[folder = "locales"]
struct Locales;

/// An engine without templates, in which `t(key="…", lang=lang)` is a text.
pub fn tera() -> Tera {
    let mut tera = Tera::new();
    tera.register_function("t", FluentLoader::new(&*TEXTS));
    tera
}

/// The templates in this folder, each with its path.
pub fn templates(folder: &str) -> Vec<(String, String)> {
    let names = Templates::iter().filter(|name| name.starts_with(folder));
    let one = |name: Cow<'_, str>| Some((name.to_string(), utf8(Templates::get(&name)?.data)));
    names.filter_map(one).collect()
}

/// The text of this name, or of its attribute unless that is empty.
pub fn text(language: Language, id: &str, attribute: &str) -> String {
    let name = if attribute.is_empty() { id.to_owned() } else { format!("{id}.{attribute}") };
    match language.tag().parse::<LanguageIdentifier>() {
        Ok(language) => TEXTS.lookup(&language, &name),
        Err(_) => name,
    }
}

/// All texts as Fluent writes them, by their paths in `locales/`.
pub fn sources() -> Vec<(String, String)> {
    let one = |name: Cow<'_, str>| Some((name.to_string(), utf8(Locales::get(&name)?.data)));
    Locales::iter().filter_map(one).collect()
}

fn utf8(data: Cow<'_, [u8]>) -> String {
    String::from_utf8_lossy(&data).into_owned()
}
