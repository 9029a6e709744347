//! The page to read as LaTeX: booktabs tables, figures drawn by `TikZ`, nothing but what `TeX` Live has.

use super::escape;
use super::parts::SAMPLES;
use pulldown_cmark::{Alignment, CodeBlockKind, Event, HeadingLevel, Options, Parser, Tag, TagEnd};

const PREAMBLE: &str = r"\documentclass[11pt,a4paper]{article}
\usepackage[T1]{fontenc}
\usepackage[utf8]{inputenc}
\usepackage{lmodern}
\usepackage[margin=25mm]{geometry}
\usepackage{amsmath,amssymb}
\usepackage{textcomp}
\usepackage{booktabs}
\usepackage{graphicx}
\usepackage{tikz}
\usepackage[hidelinks]{hyperref}
\setlength{\parindent}{0pt}
\setlength{\parskip}{0.6em}
% A table or a figure that is too wide is made smaller, one that is not stays as it is.
\newsavebox{\widebox}
\newcommand{\fitted}[1]{\sbox{\widebox}{#1}%
  \ifdim\wd\widebox>\linewidth\resizebox{\linewidth}{!}{\usebox{\widebox}}\else\usebox{\widebox}\fi}
";

/// A report in Markdown as a LaTeX document; figures `NAME.svg` are read from `NAME.tikz` beside it.
pub(super) fn document(markdown: &str) -> String {
    let mut writer = Writer::default();
    for event in Parser::new_ext(markdown, Options::ENABLE_TABLES) {
        writer.event(event);
    }
    let title = &writer.title;
    let body = &writer.text;
    format!(
        "{PREAMBLE}\\title{{{title}}}\n\\author{{}}\n\\date{{}}\n\n\\begin{{document}}\n\\maketitle\n\n{}\n\n\\end{{document}}\n",
        body.trim()
    )
}

/// What has been written so far.
#[derive(Default)]
struct Writer {
    title: String,
    text: String,
    in_title: bool,
    code: Option<String>,
    image: Option<String>,
    words: String,
    first_cell: bool,
}

impl Writer {
    fn event(&mut self, event: Event<'_>) {
        match event {
            Event::Start(tag) => self.start(tag),
            Event::End(tag) => self.end(tag),
            Event::Text(text) => match &mut self.code {
                Some(code) => code.push_str(&text),
                None => self.push(&escape::latex(&text)),
            },
            Event::Html(text) | Event::InlineHtml(text) => self.push(&escape::latex(&text)),
            Event::Code(code) => self.push(&format!("\\texttt{{{}}}", escape::latex(&code))),
            Event::SoftBreak | Event::HardBreak => self.push("\n"),
            Event::Rule => self.push("\n\\medskip\\hrule\\medskip\n"),
            _ => {}
        }
    }

    fn push(&mut self, text: &str) {
        if self.image.is_some() {
            self.words.push_str(text);
        } else if self.in_title {
            self.title.push_str(text);
        } else {
            self.text.push_str(text);
        }
    }

    fn start(&mut self, tag: Tag<'_>) {
        match tag {
            Tag::Heading { level, .. } => {
                self.in_title = level == HeadingLevel::H1;
                if !self.in_title {
                    self.text.push_str("\n\\section*{");
                }
            }
            Tag::Strong => self.push("\\textbf{"),
            Tag::Emphasis => self.push("\\emph{"),
            Tag::List(_) => self.push("\\begin{itemize}\n"),
            Tag::Item => self.push("\\item "),
            Tag::CodeBlock(kind) => {
                self.code = Some(String::new());
                let size = match kind {
                    CodeBlockKind::Fenced(language) if *language == *"toml" => "\\footnotesize",
                    _ => "\\small",
                };
                self.push(&format!("{{{size}\\ttfamily\\raggedright\\parskip0pt\n"));
            }
            Tag::Table(alignments) => {
                let columns: String = alignments
                    .into_iter()
                    .map(|alignment| match alignment {
                        Alignment::Right => 'r',
                        Alignment::Center => 'c',
                        Alignment::Left | Alignment::None => 'l',
                    })
                    .collect();
                self.push(&format!(
                    "\\begin{{center}}\n\\fitted{{\\begin{{tabular}}{{@{{}}{columns}@{{}}}}\n\\toprule\n"
                ));
            }
            Tag::TableHead | Tag::TableRow => self.first_cell = true,
            Tag::TableCell if std::mem::take(&mut self.first_cell) => {}
            Tag::TableCell => self.push(" & "),
            Tag::Image { dest_url, .. } => {
                self.image = Some(dest_url.trim_end_matches(".svg").to_owned());
            }
            _ => {}
        }
    }

    fn end(&mut self, tag: TagEnd) {
        match tag {
            TagEnd::Heading(_) if std::mem::take(&mut self.in_title) => {}
            TagEnd::Heading(_) => self.text.push_str("}\n\n"),
            TagEnd::Paragraph => self.push("\n\n"),
            TagEnd::Strong | TagEnd::Emphasis => self.push("}"),
            TagEnd::List(_) => self.push("\\end{itemize}\n\n"),
            TagEnd::Item => self.push("\n"),
            TagEnd::CodeBlock => {
                let code = self.code.take().unwrap_or_default();
                self.push(&escape::latex_code(&code));
                self.push("}\n\n");
            }
            TagEnd::Table => self.push("\\bottomrule\n\\end{tabular}}\n\\end{center}\n\n"),
            TagEnd::TableHead => self.push(" \\\\\n\\midrule\n"),
            TagEnd::TableRow => self.push(" \\\\\n"),
            TagEnd::Image => {
                if let Some(name) = self.image.take() {
                    let words = std::mem::take(&mut self.words);
                    let picture = if name == SAMPLES {
                        format!("\\includegraphics[width=0.7\\linewidth]{{{name}}}")
                    } else {
                        format!("\\input{{{name}.tikz}}")
                    };
                    self.push(&format!(
                        "\\begin{{figure}}[htbp]\n\\centering\n\\fitted{{{picture}}}\n\\caption{{{words}}}\n\\end{{figure}}"
                    ));
                }
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_has_rules_and_nothing_is_left_that_latex_would_run() {
        let markdown = "# 50 % of $x_1$\n\n| a | b |\n| --- | ---: |\n| `x_y` | −3 |\n\n![A & B](a.svg)\n\n```sh\nx --y_z \\input\n```\n";
        let document = document(markdown);
        let body = document.strip_prefix(PREAMBLE).unwrap_or_default();
        assert!(body.starts_with("\\title{50 \\% of \\$x\\_1\\$}"));
        assert!(body.contains(
            "\\begin{tabular}{@{}lr@{}}\n\\toprule\na & b \\\\\n\\midrule\n\\texttt{x\\_y} & \\ensuremath{-}3 \\\\\n\\bottomrule"
        ));
        assert!(body.contains("\\input{a.tikz}}\n\\caption{A \\& B}"));
        assert!(body.contains(
            "{\\small\\ttfamily\\raggedright\\parskip0pt\n\\strut x -{}-y\\_z \\textbackslash{}input\\par\n}"
        ));
    }
}
