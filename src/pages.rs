//! What people see in browsers: shells from `templates/pages/`, filled with texts in their language.
//! Behaviour is in modules under `assets/js`, which call the JSON API.

mod assets;
mod guides;
mod markdown;

pub use self::assets::{Asset, Assets, Content};

use tera::{Context, Kwargs, State, Tera, TeraResult};

use crate::config::Server;
use crate::language::Language;
use crate::texts;

/// The pages of one process.
pub struct Pages {
    tera: Tera,
    /// Where the service is reached, if that is set.
    public_url: Option<String>,
    /// What they load.
    pub assets: Assets,
}

impl Pages {
    /// Reads templates and assets.
    ///
    /// # Errors
    /// A file can't be read, or a template is wrong. Files that aren't there are no error.
    pub fn new(config: &Server) -> anyhow::Result<Self> {
        let assets = Assets::read(&config.assets_dir)?;
        let mut tera = texts::tera();
        let build = assets.build().to_owned();
        tera.register_function(
            "asset",
            move |kwargs: Kwargs, _: &State<'_>| -> TeraResult<String> {
                Ok(format!("/assets/{build}/{}", kwargs.must_get::<&str>("path")?))
            },
        );
        tera.add_raw_templates(texts::templates("pages/"))?;
        Ok(Self { tera, public_url: config.public_url.origin(), assets })
    }

    /// The page of this name.
    pub fn page(&self, name: &str, language: Language) -> TeraResult<String> {
        self.render(name, &mut self.context(name, language))
    }

    /// The page with this guide; `None` when there is none.
    pub fn guide(&self, name: &str, language: Language) -> Option<TeraResult<String>> {
        let content = guides::html(name, language)?;
        let mut context = self.context("project", language);
        context.insert("guide", name);
        context.insert("guides", &guides::NAMES);
        context.insert("content", content);
        Some(self.render("project", &mut context))
    }

    /// The page that tells of an error with this status, or of the path that isn't there.
    pub fn error(&self, status: u16, path: &str, language: Language) -> TeraResult<String> {
        let mut context = self.context("error", language);
        context.insert("status", &status);
        context.insert("path", path);
        self.render("error", &mut context)
    }

    /// The page that tells which assets are missing.
    pub fn set_up(&self, language: Language) -> TeraResult<String> {
        let mut context = self.context("set-up", language);
        context.insert("missing", self.assets.missing());
        self.render("set-up", &mut context)
    }

    fn context(&self, page: &str, language: Language) -> Context {
        let mut context = Context::new();
        context.insert("page", page);
        context.insert("lang", language.tag());
        context.insert("public_url", &self.public_url);
        context.insert("version", env!("CARGO_PKG_VERSION"));
        context.insert("modules", &self.assets.modules(&format!("js/{page}.js")));
        let texts = texts_of(page).map(|file| format!("locales/{}/{file}.ftl", language.tag()));
        let known = |path: &String| self.assets.find(path).is_some();
        context.insert("texts", &texts.filter(known).collect::<Vec<_>>());
        context
    }

    fn render(&self, name: &str, context: &mut Context) -> TeraResult<String> {
        context.insert("has_vendor", &self.assets.missing().is_empty());
        self.tera.render(&format!("pages/{name}.html"), context)
    }
}

/// The files of texts that a page's module will ask for.
fn texts_of(page: &str) -> impl Iterator<Item = &str> {
    let beside = match page {
        "user" => Some("portal"),
        "dashboard" => Some("manage"),
        _ => None,
    };
    ["common", page].into_iter().chain(beside)
}

#[cfg(test)]
mod tests {
    use super::texts_of;

    /// The modules say it themselves: `start(html`…`, 'user', 'portal')`.
    #[test]
    fn texts_are_those_that_the_modules_load() {
        let dir = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/js");
        let mut looked = 0;
        for file in std::fs::read_dir(dir).unwrap() {
            let path = file.unwrap().path();
            let Some(page) = path.file_name().and_then(|name| name.to_str()?.strip_suffix(".js"))
            else {
                continue;
            };
            let text = std::fs::read_to_string(&path).unwrap();
            let Some(line) = text.lines().find(|line| line.starts_with("start(html`")) else {
                continue;
            };
            let loaded = line.split("`,").nth(1).unwrap_or_default().split('\'').skip(1).step_by(2);
            let (loaded, known): (Vec<_>, Vec<_>) = (loaded.collect(), texts_of(page).collect());
            let missing: Vec<_> = loaded.iter().filter(|name| !known.contains(name)).collect();
            assert!(missing.is_empty(), "{page}: {missing:?}");
            looked += 1;
        }
        assert!(looked > 4, "{looked}");
    }
}
