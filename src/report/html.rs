//! The page to read as one HTML file: figures inside, no script, light and dark.

use base64::prelude::{BASE64_STANDARD, Engine as _};
use pulldown_cmark::{CodeBlockKind, Event, Options, Parser, Tag, TagEnd, html};

use super::ReportError;
use super::parts::SAMPLES;
use super::plots::{Figure, page_svg};
use crate::run::RunData;

const STYLE: &str = include_str!("page.css");
/// The page loads nothing, runs nothing and sends nothing; its styles and pictures stand in it.
const POLICY: &str = "default-src 'none'; img-src data:; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'";

/// A report in Markdown, with its figures, as a page.
///
/// # Errors
/// [`ReportError::Plot`].
pub(super) fn document(run: &RunData, markdown: &str) -> Result<String, ReportError> {
    let mut figures = Vec::new();
    if let Some(samples) = &run.samples {
        let bytes = BASE64_STANDARD.encode(samples);
        let drawn = format!("<img src=\"data:image/png;base64,{bytes}\" alt=\"\">");
        figures.push((SAMPLES.to_owned(), drawn));
    }
    for figure in Figure::of(run) {
        figures.push((format!("{}.svg", figure.name()), page_svg(figure, run)?));
    }
    Ok(with(&figures, markdown))
}

/// A Markdown text as a page with these figures, each by the name of its file.
pub(super) fn with(figures: &[(String, String)], markdown: &str) -> String {
    let mut body = String::new();
    html::push_html(&mut body, with_figures(markdown, figures).into_iter());
    let title = title(markdown);
    format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<meta http-equiv=\"Content-Security-Policy\" content=\"{POLICY}\">\n<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<meta name=\"color-scheme\" content=\"light dark\">\n<title>{title}</title>\n<style>\n{STYLE}</style>\n</head>\n<body>\n<main>\n{body}</main>\n</body>\n</html>\n"
    )
}

/// The first heading, as text.
fn title(markdown: &str) -> String {
    let heading = Parser::new(markdown)
        .skip_while(|event| !matches!(event, Event::Start(Tag::Heading { .. })))
        .take_while(|event| !matches!(event, Event::End(TagEnd::Heading(_))));
    let mut escaped = String::new();
    html::push_html(&mut escaped, heading.filter_map(text_of));
    escaped
}

/// What an event of a line says, without its markup.
fn text_of(event: Event<'_>) -> Option<Event<'_>> {
    match event {
        Event::Text(text) | Event::Code(text) | Event::InlineHtml(text) => Some(Event::Text(text)),
        _ => None,
    }
}

/// Whether a link stays on the page, in its folder, or leads to another page.
fn is_harmless(link: &str) -> bool {
    let link = link.trim().to_ascii_lowercase();
    let scheme = link.split(['/', '?', '#']).next().unwrap_or_default();
    link.starts_with("https://") || link.starts_with("http://") || !scheme.contains(':')
}

/// The events of a Markdown text where a paragraph of one image is the figure itself, a table can be
/// scrolled, and long code is folded. HTML in it is text, and a link that is no address of the web leads nowhere.
fn with_figures<'a>(markdown: &'a str, figures: &[(String, String)]) -> Vec<Event<'a>> {
    let mut events: Vec<Event> = Vec::new();
    let mut parser = Parser::new_ext(markdown, Options::ENABLE_TABLES);
    while let Some(event) = parser.next() {
        match event {
            Event::Html(text) | Event::InlineHtml(text) => events.push(Event::Text(text)),
            Event::Start(Tag::Link {
                link_type,
                dest_url,
                title,
                id,
            }) => {
                let dest_url = if is_harmless(&dest_url) {
                    dest_url
                } else {
                    "#".into()
                };
                events.push(Event::Start(Tag::Link {
                    link_type,
                    dest_url,
                    title,
                    id,
                }));
            }
            Event::Start(Tag::Image { dest_url, .. }) => {
                let mut words = String::new();
                for event in parser.by_ref() {
                    match event {
                        Event::Text(text) => words.push_str(&text),
                        Event::End(TagEnd::Image) => break,
                        _ => {}
                    }
                }
                let drawn = figures.iter().find(|(name, _)| **name == *dest_url);
                let svg = drawn.map_or("", |(_, svg)| svg.as_str());
                if events.last() == Some(&Event::Start(Tag::Paragraph)) {
                    events.pop();
                }
                parser.next();
                let mut caption = String::new();
                html::push_html(&mut caption, std::iter::once(Event::Text(words.into())));
                events.push(Event::Html(
                    format!("<figure>\n{svg}\n<figcaption>{caption}</figcaption>\n</figure>\n")
                        .into(),
                ));
            }
            Event::Start(Tag::Table(_)) => {
                events.extend([Event::Html("<div class=\"table\">".into()), event]);
            }
            Event::End(TagEnd::Table) => {
                events.extend([event, Event::Html("</div>\n".into())]);
            }
            Event::Start(Tag::CodeBlock(CodeBlockKind::Fenced(ref language)))
                if **language == *"toml" =>
            {
                let summary = "<details><summary>settings</summary>\n";
                events.extend([Event::Html(summary.into()), event]);
                for event in parser.by_ref() {
                    let ends = matches!(event, Event::End(TagEnd::CodeBlock));
                    events.push(event);
                    if ends {
                        break;
                    }
                }
                events.push(Event::Html("</details>\n".into()));
            }
            event => events.push(event),
        }
    }
    events
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_paragraph_of_one_image_becomes_the_figure() {
        let figures = [("a.svg".to_owned(), "<svg></svg>".to_owned())];
        let mut page = String::new();
        let markdown = "x\n\n![A < B](a.svg)\n\ny\n";
        html::push_html(&mut page, with_figures(markdown, &figures).into_iter());
        assert_eq!(
            page,
            "<p>x</p>\n<figure>\n<svg></svg>\n<figcaption>A &lt; B</figcaption>\n</figure>\n<p>y</p>\n"
        );
    }

    #[test]
    fn html_in_a_text_is_text() {
        let mut page = String::new();
        let markdown = "# a <b> & *c*\n\n<script>alert(1)</script>\n\nx <img src=y onerror=z>\n";
        html::push_html(&mut page, with_figures(markdown, &[]).into_iter());
        assert_eq!(
            page,
            "<h1>a &lt;b&gt; &amp; <em>c</em></h1>\n&lt;script&gt;alert(1)&lt;/script&gt;\n<p>x &lt;img src=y onerror=z&gt;</p>\n"
        );
        assert_eq!(title(markdown), "a &lt;b&gt; &amp; c");
        assert_eq!(title("no heading"), "");
    }

    #[test]
    fn links_lead_to_pages_alone() {
        for harmless in ["https://a/b:c", "HTTP://a", "b.html", "a/b:c", "#c", "?a:b"] {
            assert!(is_harmless(harmless), "{harmless}");
        }
        for harmful in [
            "javascript:alert(1)",
            " JavaScript:x",
            "data:text/html,x",
            "file:///etc",
            "x:y/z",
        ] {
            assert!(!is_harmless(harmful), "{harmful}");
            let mut page = String::new();
            let markdown = format!("[a](<{harmful}>)");
            html::push_html(&mut page, with_figures(&markdown, &[]).into_iter());
            assert_eq!(page, "<p><a href=\"#\">a</a></p>\n");
        }
    }
}
