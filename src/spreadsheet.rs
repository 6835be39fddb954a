//! Cells of CSV files that a spreadsheet doesn't take for formulas. Pure.

use std::borrow::Cow;

/// Signs that begin a formula, and their full-width forms, which some spreadsheets take for them.
const SIGNS: [char; 8] = ['=', '+', '-', '@', '＝', '＋', '－', '＠'];

/// The text with an apostrophe before it, which makes it text, where it is a formula or begins with
/// what may end a cell (OWASP, "CSV Injection"). Names of models and tokens come from strangers.
pub fn harmless(text: &str) -> Cow<'_, str> {
    let sign = text.trim_start_matches(is_blank).chars().next();
    let is_formula = sign.is_some_and(|sign| SIGNS.contains(&sign));
    match is_formula || text.starts_with(['\t', '\r', '\n']) {
        true => Cow::Owned(format!("'{text}")),
        false => Cow::Borrowed(text),
    }
}

/// Whether nothing is seen of this character: spreadsheets skip some of those before a sign.
fn is_blank(c: char) -> bool {
    let is_format = matches!(c, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{2060}' | '\u{feff}');
    c.is_whitespace() || c.is_control() || is_format
}

#[cfg(test)]
mod tests {
    use super::harmless;

    #[test]
    fn formulas_become_text() {
        for text in [
            "=1+1",
            "+1",
            "-1",
            "@SUM(A1)",
            " =1",
            "\t=1",
            "\rx",
            "\n",
            "\tx",
            "＝1",
            "＋1",
            "－1",
            "＠A",
            "  ＝1",
            "\u{a0}=1",
            "\u{3000}=1",
            "\u{feff}=1",
            "\u{200b}=1",
            "\0=1",
            " \u{2060}\t@A",
        ] {
            assert_eq!(harmless(text), format!("'{text}"), "{}", text.escape_unicode());
        }
        for text in ["gpt-oss:20b", "a=1", "", " ", "\u{feff}", "sk-a…9f3c", "a@b.example", "'=1"]
        {
            assert_eq!(harmless(text), text);
        }
    }
}
