//! The languages that people are spoken to in.

use actix_web::HttpRequest;
use actix_web::http::header::{AcceptLanguage, Header};

/// The cookie in which pages keep the language that was chosen.
const COOKIE: &str = "pool_language";

/// A language that there are texts in.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Language {
    /// English, for whoever reads none of the others.
    #[default]
    English,
    /// Simplified Chinese.
    Chinese,
}

impl Language {
    /// Every language.
    pub const ALL: [Self; 2] = [Self::English, Self::Chinese];

    /// Its tag (BCP 47), and the name of its folder in `locales/`.
    pub const fn tag(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::Chinese => "zh-CN",
        }
    }

    /// The language with this tag.
    pub fn parse(tag: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|language| language.tag() == tag)
    }

    /// The one that was chosen on a page; else the first language of the request's `Accept-Language` that there are texts in. Any Chinese
    /// will do: those who read the traditional script are nearer to the simplified one than to
    /// English.
    pub fn of(request: &HttpRequest) -> Self {
        let chosen = request.cookie(COOKIE).and_then(|cookie| Self::parse(cookie.value()));
        if let Some(chosen) = chosen {
            return chosen;
        }
        let Ok(accepted) = AcceptLanguage::parse(request) else { return Self::English };
        let known = |tag: &str| match tag {
            "en" => Some(Self::English),
            "zh" => Some(Self::Chinese),
            _ => None,
        };
        let ranked = accepted.ranked();
        let mut languages = ranked.iter().filter_map(|wanted| wanted.item());
        languages.find_map(|tag| known(tag.primary_language())).unwrap_or(Self::English)
    }
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::Language;

    #[test]
    fn the_best_language_that_there_is() {
        for (header, expected) in [
            ("", Language::English),
            ("en", Language::English),
            ("zh-CN,zh;q=0.9,en;q=0.8", Language::Chinese),
            ("zh-Hant-TW", Language::Chinese),
            ("ZH", Language::Chinese),
            ("de-DE, zh;q=0.3, en;q=0.7", Language::English),
            ("de, *;q=0.1", Language::English),
            ("fr;q=0.9, zh;q=0.1", Language::Chinese),
            (";;;,,q=?", Language::English),
        ] {
            let request = TestRequest::default().insert_header(("accept-language", header));
            assert_eq!(Language::of(&request.to_http_request()), expected, "{header}");
        }
        assert_eq!(
            Language::of(&TestRequest::default().to_http_request()),
            Language::English,
            "no header"
        );
    }
}
