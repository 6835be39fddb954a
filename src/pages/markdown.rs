//! Markdown to HTML without markup of its own: HTML in it is left out, and links lead to the web or
//! to where the caller says.

use pulldown_cmark::{CowStr, Event, Options, Parser, Tag, TagEnd, html};

/// The HTML; `address` says where a link leads to. Headings can be linked to, as on GitHub.
pub fn html(markdown: &str, address: impl Fn(&str) -> String) -> String {
    let parser = Parser::new_ext(markdown, Options::ENABLE_TABLES);
    let events: Vec<_> = parser.filter_map(|event| clean(event, &address)).collect();
    let ids = headings(&events);
    let mut ids = ids.into_iter();
    let with_ids = events.into_iter().map(|event| match event {
        Event::Start(Tag::Heading { level, classes, attrs, .. }) => {
            let id = ids.next().map(CowStr::from);
            Event::Start(Tag::Heading { level, id, classes, attrs })
        }
        event => event,
    });
    let mut out = String::new();
    html::push_html(&mut out, with_ids);
    // What may be wider than the screen is scrolled by keys, too.
    out.replace("<pre>", "<pre tabindex=\"0\">")
}

/// Pictures are left out, too: what stands for them stays.
fn clean<'a>(event: Event<'a>, address: impl Fn(&str) -> String) -> Option<Event<'a>> {
    match event {
        Event::Html(_) | Event::InlineHtml(_) => None,
        Event::Start(Tag::HtmlBlock | Tag::Image { .. }) => None,
        Event::End(TagEnd::HtmlBlock | TagEnd::Image) => None,
        Event::Start(Tag::Link { link_type, dest_url, title, id }) => {
            let dest_url = CowStr::from(address(&dest_url));
            Some(Event::Start(Tag::Link { link_type, dest_url, title, id }))
        }
        event => Some(event),
    }
}

/// What each heading is linked to by: its words in small letters, with hyphens between them.
fn headings(events: &[Event<'_>]) -> Vec<String> {
    let (mut ids, mut open) = (Vec::new(), None::<String>);
    for event in events {
        match (event, &mut open) {
            (Event::Start(Tag::Heading { .. }), _) => open = Some(String::new()),
            (Event::Text(text) | Event::Code(text), Some(id)) => {
                let small = text.chars().flat_map(char::to_lowercase);
                id.extend(small.filter_map(|c| match c {
                    ' ' | '-' => Some('-'),
                    c => (c.is_alphanumeric() || c == '_').then_some(c),
                }));
            }
            (Event::End(TagEnd::Heading(_)), _) => ids.extend(open.take()),
            _ => {}
        }
    }
    ids
}

#[cfg(test)]
mod tests {
    use super::html;

    fn rendered(markdown: &str) -> String {
        html(markdown, |link| if link.starts_with('h') { link.to_owned() } else { "/x".to_owned() })
    }

    #[test]
    fn markup_in_markdown_is_left_out() {
        for (markdown, expected) in [
            ("a <script>alert(1)</script> b", "<p>a alert(1) b</p>\n"),
            ("<img src=x onerror=alert(1)>\n\ntext", "<p>text</p>\n"),
            ("<div onclick=x>\n\ntext\n\n</div>", "<p>text</p>\n"),
            ("[a](javascript:alert(1))", "<p><a href=\"/x\">a</a></p>\n"),
            ("![a picture](x.png)", "<p>a picture</p>\n"),
            ("    <pre>", "<pre tabindex=\"0\"><code>&lt;pre&gt;</code></pre>\n"),
            ("`<b>`", "<p><code>&lt;b&gt;</code></p>\n"),
            (
                "[a](https://example.org \"<b>\")",
                "<p><a href=\"https://example.org\" title=\"&lt;b&gt;\">a</a></p>\n",
            ),
        ] {
            assert_eq!(rendered(markdown), expected, "{markdown}");
        }
    }

    #[test]
    fn headings_can_be_linked_to() {
        let html = rendered("# Start in a `minute`\n\n## A, b: C-d");
        assert!(html.contains("<h1 id=\"start-in-a-minute\">"), "{html}");
        assert!(html.contains("<h2 id=\"a-b-c-d\">"), "{html}");
    }
}
