//! What people read: texts in their languages (`locales/`) and the templates that they go into
//! (`templates/`). Both are in the binary; a debug build reads them from the source when it starts,
//! all but the texts that templates ask for.

use std::borrow::Cow;

use fluent_templates::{FluentLoader, static_loader};
use rust_embed::RustEmbed;
use tera::Tera;

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
    let one = |name: Cow<'_, str>| Some((name.to_string(), text(Templates::get(&name)?.data)));
    names.filter_map(one).collect()
}

/// All texts as Fluent writes them, by their paths in `locales/`.
pub fn sources() -> Vec<(String, String)> {
    let one = |name: Cow<'_, str>| Some((name.to_string(), text(Locales::get(&name)?.data)));
    Locales::iter().filter_map(one).collect()
}

fn text(data: Cow<'_, [u8]>) -> String {
    String::from_utf8_lossy(&data).into_owned()
}
