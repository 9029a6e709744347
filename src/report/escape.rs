//! Text is data in every format: one function for each, which makes a name or a sentence show as it is.
//!
//! Names of datasets, folders, classes and devices, and whatever the files of a received run say, pass through here on
//! their way into a page. SVG needs no function: plotters escapes what XML reserves, and [`visible`] what XML
//! cannot hold.

use std::borrow::Cow;
use std::fmt::Write as _;

use crate::format::hexadecimal;

/// A text on one line, with control characters, and those that turn the direction of writing or have no width, in
/// visible notation such as `\x1b` and `\u{202e}`.
pub(super) fn visible(text: &str) -> Cow<'_, str> {
    if !text.chars().any(is_hidden) {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len() + 8);
    for letter in text.chars() {
        show(&mut shown, letter);
    }
    Cow::Owned(shown)
}

/// As [`visible`], of a text of several lines, which stay.
fn visible_lines(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '\n' | '\t' => shown.push(letter),
            letter => show(&mut shown, letter),
        }
    }
    shown
}

fn show(shown: &mut String, letter: char) {
    match letter {
        '\n' => shown.push_str("\\n"),
        '\r' => shown.push_str("\\r"),
        '\t' => shown.push_str("\\t"),
        letter if !is_hidden(letter) => shown.push(letter),
        letter if letter.is_ascii() => {
            shown.push_str("\\x");
            shown.push_str(&hexadecimal(&[letter as u8]));
        }
        letter => {
            // Writing to a string cannot fail.
            _ = write!(shown, "\\u{{{:x}}}", u32::from(letter));
        }
    }
}

/// Control characters, line and paragraph separators, marks of direction, characters without width, and what XML 1.0
/// forbids.
fn is_hidden(letter: char) -> bool {
    letter.is_control()
        || matches!(
            letter,
            '\u{200b}'
                | '\u{200e}'
                | '\u{200f}'
                | '\u{2028}'..='\u{202e}'
                | '\u{2060}'..='\u{2069}'
                | '\u{feff}'
                | '\u{fff9}'..='\u{fffb}'
                | '\u{fffe}'
                | '\u{ffff}'
        )
}

/// A text within a line of Markdown (`CommonMark` with the tables of GitHub): no emphasis, code, link, image, entity,
/// tag or border of a cell comes of it, nor a heading or list where it begins a paragraph.
pub(super) fn markdown(text: &str) -> String {
    let shown = visible(text.trim());
    let mut escaped = inline(&shown);
    let digits = escaped.chars().take_while(char::is_ascii_digit).count();
    let mut rest = escaped[digits..].chars();
    match rest.next() {
        Some('.' | ')') if digits > 0 && rest.next().is_none_or(char::is_whitespace) => {
            escaped.insert(digits, '\\');
        }
        Some('#' | '+' | '-' | '=' | '>' | '!') if digits == 0 => escaped.insert(0, '\\'),
        _ => {}
    }
    escaped
}

/// As [`markdown`], of a text in a cell of a table, where numbers keep their signs.
pub(super) fn markdown_cell(text: &str) -> String {
    inline(&visible(text.trim()))
}

fn inline(text: &str) -> String {
    let letters: Vec<char> = text.chars().collect();
    let is_word = |at: Option<usize>| {
        at.and_then(|at| letters.get(at))
            .is_some_and(|letter| letter.is_alphanumeric())
    };
    let mut escaped = String::with_capacity(text.len() + 8);
    for (at, &letter) in letters.iter().enumerate() {
        match letter {
            // Within a word it is no emphasis.
            '_' if is_word(at.checked_sub(1)) && is_word(Some(at + 1)) => escaped.push('_'),
            // Not `\|`: after another backslash that would still end the cell of a table.
            '|' => escaped.push_str("&#124;"),
            // Addresses become links by themselves on GitHub.
            ':' if letters[at + 1..].starts_with(&['/', '/']) => escaped.push_str("\\:"),
            '\\' | '`' | '*' | '_' | '[' | ']' | '<' | '>' | '&' | '~' | '$' => {
                escaped.extend(['\\', letter]);
            }
            letter => escaped.push(letter),
        }
    }
    escaped
}

/// A text as a code span of Markdown; one that holds a border of cells or a backtick is text instead.
pub(super) fn markdown_code(text: &str) -> String {
    let shown = visible(text.trim());
    if shown.is_empty() || shown.contains(['`', '|']) {
        markdown_cell(&shown)
    } else {
        format!("`{shown}`")
    }
}

/// Lines of code as a fenced block of Markdown, whose fence is longer than any row of backticks in them.
pub(super) fn markdown_block(language: &str, code: &str) -> String {
    let code = visible_lines(code.trim_end());
    let (mut longest, mut row) = (0, 0);
    for letter in code.chars() {
        row = if letter == '`' { row + 1 } else { 0 };
        longest = longest.max(row);
    }
    let fence = "`".repeat((longest + 1).max(3));
    format!("{fence}{language}\n{code}\n{fence}")
}

/// A text as LaTeX sets it: what has a meaning there is escaped, what its fonts lack is written in mathematics.
pub(super) fn latex(text: &str) -> String {
    let shown = visible(text);
    let mut escaped = String::with_capacity(shown.len() + 8);
    let mut before = None;
    for letter in shown.chars() {
        // Fonts join these into dashes, quotation marks and Spanish marks.
        if matches!(
            (before, letter),
            (Some('-'), '-') | (Some(','), ',') | (Some('\''), '\'') | (Some('`' | '!' | '?'), '`')
        ) {
            escaped.push_str("{}");
        }
        before = Some(letter);
        match latex_command(letter) {
            Some(command) => escaped.push_str(command),
            None => escaped.push(letter),
        }
    }
    escaped
}

/// What LaTeX needs in place of a letter; none where the letter itself will do.
const fn latex_command(letter: char) -> Option<&'static str> {
    Some(match letter {
        '\\' => "\\textbackslash{}",
        '{' => "\\{",
        '}' => "\\}",
        '$' => "\\$",
        '&' => "\\&",
        '#' => "\\#",
        '%' => "\\%",
        '_' => "\\_",
        '^' => "\\textasciicircum{}",
        '~' => "\\textasciitilde{}",
        '<' => "\\textless{}",
        '>' => "\\textgreater{}",
        '|' => "\\textbar{}",
        '"' => "\\textquotedbl{}",
        // Behind a line break or an item they would be an option of it.
        '[' => "{[}",
        ']' => "{]}",
        '*' => "{*}",
        '−' => "\\ensuremath{-}",
        '×' => "\\ensuremath{\\times}",
        '±' => "\\ensuremath{\\pm}",
        'Σ' => "\\ensuremath{\\Sigma}",
        '‖' => "\\ensuremath{\\Vert}",
        '√' => "\\ensuremath{\\surd}",
        '▸' => "\\ensuremath{\\blacktriangleright}",
        '≤' => "\\ensuremath{\\le}",
        '≥' => "\\ensuremath{\\ge}",
        '→' => "\\ensuremath{\\to}",
        '⌈' => "\\ensuremath{\\lceil}",
        '⌉' => "\\ensuremath{\\rceil}",
        '…' => "\\dots{}",
        '–' => "--",
        '·' => "\\textperiodcentered{}",
        // What T1 fonts hold: Latin-1's letters and Latin Extended-A, but for these.
        'Ħ' | 'ħ' | 'ĸ' | 'Ŀ' | 'ŀ' | 'ŉ' | 'Ŧ' | 'ŧ' | 'ſ' => "?",
        '\u{A0}'..='\u{17F}' => return None,
        letter if letter.is_ascii() => return None,
        _ => "?",
    })
}

/// Lines of code in the typewriter face of LaTeX, each a paragraph: a listing would end at the words that
/// end it, wherever they come from.
pub(super) fn latex_code(code: &str) -> String {
    let mut lines = String::new();
    for line in visible_lines(code.trim_end()).lines() {
        let text = line.trim_start_matches(' ');
        lines.push_str("\\strut ");
        lines.push_str(&"~".repeat(line.len() - text.len()));
        lines.push_str(&latex(text));
        lines.push_str("\\par\n");
    }
    lines
}

/// A text as a string literal of Python: what JSON escapes, Python reads alike.
pub(super) fn python_literal(text: &str) -> String {
    let quoted = serde_json::Value::from(text).to_string();
    let mut literal = String::with_capacity(quoted.len());
    for letter in quoted.chars() {
        if is_hidden(letter) {
            _ = write!(literal, "\\u{:04x}", u32::from(letter));
        } else {
            literal.push(letter);
        }
    }
    literal
}

#[cfg(test)]
pub(super) mod hostile {
    use super::latex_command;

    /// Names that mean something in one format or another.
    pub(in crate::report) const HOSTILE: [&str; 24] = [
        "<img src=x onerror=alert(1)>",
        "[k](javascript:alert(1))",
        "![k](http://h/p.png)",
        "[k]: http://h",
        "<http://h>",
        "# heading",
        "- item",
        "+ item",
        "12. item",
        "3) item",
        "> quoted",
        "=====",
        "a | b \\| c \\",
        "**strong** _mild_ __all__ ~~gone~~",
        "`code` ``more``",
        "```\nfenced",
        "&lt;b&gt; &#60;",
        "$x^2$ 50 % {a} \\input{/etc/passwd} \\end{document}",
        "line\nbreak\r\n\n# heading",
        "\u{1b}[31mred\u{7}\u{0}",
        "right\u{202e}to left\u{2028}",
        "\t=1+1",
        "\\",
        "漢 Ünï \u{feff}",
    ];

    /// A text of LaTeX without its escapes of letters.
    pub(in crate::report) fn without_escapes(latex: &str) -> String {
        let mut rest = latex.to_owned();
        for letter in "\\^~<>|\"[]*−×±Σ‖√▸≤≥→⌈⌉…·".chars() {
            rest = rest.replace(latex_command(letter).unwrap_or("none"), "");
        }
        for pair in ["\\{", "\\}", "\\$", "\\&", "\\#", "\\%", "\\_", "{}"] {
            rest = rest.replace(pair, "");
        }
        rest
    }

    /// Whether LaTeX would set a text and do nothing else.
    pub(in crate::report) fn is_latex_text(latex: &str) -> bool {
        !without_escapes(latex).contains(['\\', '{', '}', '$', '&', '#', '%', '_', '^', '~', '\n'])
    }
}

#[cfg(test)]
mod tests {
    use pulldown_cmark::{Event, Options, Parser, Tag};

    use super::hostile::{HOSTILE, is_latex_text};
    use super::*;

    /// What a reader of the HTML sees of a paragraph, if nothing in it is markup.
    fn text_of(markdown: &str) -> Option<String> {
        let mut text = String::new();
        for event in Parser::new_ext(markdown, Options::ENABLE_TABLES) {
            match event {
                Event::Text(part) => text.push_str(&part),
                Event::Start(
                    Tag::Paragraph
                    | Tag::Table(_)
                    | Tag::TableHead
                    | Tag::TableRow
                    | Tag::TableCell,
                )
                | Event::End(_) => {}
                _ => return None,
            }
        }
        Some(text)
    }

    #[test]
    fn names_in_markdown_are_text_alone() {
        for name in HOSTILE {
            let shown = visible(name.trim()).into_owned();
            let paragraph = markdown(name);
            assert_eq!(text_of(&paragraph).as_ref(), Some(&shown), "{paragraph}");
            let cell = markdown_cell(name);
            let table = format!("| {cell} | {cell} |\n| --- | --- |\n| {cell} | {cell} |");
            assert_eq!(text_of(&table), Some(shown.repeat(4)), "{table}");
        }
        for plain in [
            "folder:my_data",
            "S_mean - 2",
            "image-nats",
            "resnet-20 (49 to 11)",
            "2.5 %",
        ] {
            assert_eq!(markdown(plain), plain);
        }
        assert_eq!(markdown_cell("+0.06"), "+0.06");
    }

    #[test]
    fn code_in_markdown_ends_where_it_should() {
        for name in HOSTILE {
            let span = markdown_code(name);
            let table = format!("| {span} | x |\n| --- | --- |");
            let mut text = String::new();
            for event in Parser::new_ext(&table, Options::ENABLE_TABLES) {
                if let Event::Text(part) | Event::Code(part) = event {
                    text.push_str(&part);
                }
            }
            assert_eq!(text, visible(name.trim()).into_owned() + "x", "{span}");
            let block = markdown_block("toml", &format!("a = '{name}'\n{name}\n`````"));
            let starts = Parser::new(&block).filter(|event| matches!(event, Event::Start(_)));
            assert_eq!(starts.count(), 1, "{block}");
        }
    }

    /// Every backslash of LaTeX begins one of the commands of this file, and no other letter has a meaning.
    #[test]
    fn names_in_latex_are_text_alone() {
        for name in HOSTILE {
            let escaped = latex(name);
            assert!(is_latex_text(&escaped), "{escaped}");
        }
        assert!(!is_latex_text("\\input{x}") && !is_latex_text("50 %"));
        assert_eq!(
            latex("\\input{/etc/passwd} 漢"),
            "\\textbackslash{}input\\{/etc/passwd\\} ?"
        );
        assert_eq!(latex("a--b ,, '' ?`"), "a-{}-b ,{}, '{}' ?{}`");
        assert_eq!(
            latex_code("a = 'x'\n  \\end{lstlisting}\n"),
            "\\strut a = 'x'\\par\n\\strut ~~\\textbackslash{}end\\{lstlisting\\}\\par\n"
        );
    }

    #[test]
    fn what_cannot_be_seen_is_shown() {
        assert_eq!(visible("a\u{1b}[31m\n\u{202e}b"), "a\\x1b[31m\\n\\u{202e}b");
        assert!(matches!(visible("Ünï 漢 👩‍🔬"), Cow::Borrowed(_)));
        assert_eq!(
            python_literal("a\"\n\u{202e}\u{7f}é"),
            "\"a\\\"\\n\\u202e\\u007fé\""
        );
    }
}
