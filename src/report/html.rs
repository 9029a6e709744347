//! The page to read as one HTML file: figures inside, no script, light and dark.

use base64::prelude::{BASE64_STANDARD, Engine as _};
use pulldown_cmark::{CodeBlockKind, Event, Options, Parser, Tag, TagEnd, html};

use super::Error;
use super::markdown::SAMPLES;
use super::plots::{Figure, page_svg};
use crate::run::RunData;

const STYLE: &str = include_str!("page.css");

/// A report in Markdown, with its figures, as a page of its own.
///
/// # Errors
/// [`Error::Plot`].
pub(super) fn document(run: &RunData, markdown: &str) -> Result<String, Error> {
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

/// A Markdown text as a page of its own, with these figures, each by the name of its file.
pub(super) fn with(figures: &[(String, String)], markdown: &str) -> String {
    let mut body = String::new();
    html::push_html(&mut body, with_figures(markdown, figures).into_iter());
    let title = title(markdown);
    format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<meta name=\"color-scheme\" content=\"light dark\">\n<title>{title}</title>\n<style>\n{STYLE}</style>\n</head>\n<body>\n<main>\n{body}</main>\n</body>\n</html>\n"
    )
}

/// The first heading, as text.
fn title(markdown: &str) -> String {
    let text = markdown.lines().next().unwrap_or_default();
    let mut escaped = String::new();
    let event = Event::Text(text.trim_start_matches(['#', ' ']).into());
    html::push_html(&mut escaped, std::iter::once(event));
    escaped
}

/// The events of a Markdown text where a paragraph of one image is the figure itself, a table can be
/// scrolled, and long code lies folded.
fn with_figures<'a>(markdown: &'a str, figures: &[(String, String)]) -> Vec<Event<'a>> {
    let mut events: Vec<Event> = Vec::new();
    let mut parser = Parser::new_ext(markdown, Options::ENABLE_TABLES);
    while let Some(event) = parser.next() {
        match event {
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
    fn what_a_user_named_is_no_markup() {
        assert_eq!(title("# a <b> & c\n\nmore"), "a &lt;b&gt; &amp; c");
    }
}
