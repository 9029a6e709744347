//! Filters as they are typed: what is printed parses as the same filter.

use std::fmt;

use super::lexer::KEYWORDS;
use super::{Comparison, Date, Expression, Filter, Is, Pattern, Term};

impl fmt::Display for Filter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.expression
            .as_ref()
            .map_or(Ok(()), |expression| expression.fmt(f))
    }
}

impl Expression {
    /// Within another expression: in parentheses if it is made of parts.
    fn inside(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::All(_) | Self::Any(_) => write!(f, "({self})"),
            _ => write!(f, "{self}"),
        }
    }
}

impl fmt::Display for Expression {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Term(term) => term.fmt(f),
            Self::Not(inner) => {
                f.write_str("not ")?;
                inner.inside(f)
            }
            Self::All(parts) => {
                for (index, part) in parts.iter().enumerate() {
                    if index > 0 {
                        f.write_str(" ")?;
                    }
                    part.inside(f)?;
                }
                Ok(())
            }
            Self::Any(parts) => {
                for (index, part) in parts.iter().enumerate() {
                    if index > 0 {
                        f.write_str(" or ")?;
                    }
                    match part {
                        Self::All(_) => part.fmt(f)?,
                        part => part.inside(f)?,
                    }
                }
                Ok(())
            }
        }
    }
}

impl fmt::Display for Term {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Words(pattern) => pattern.fmt(f),
            Self::Text { field, is, pattern } => {
                let is = match is {
                    Is::Like => ":",
                    Is::Same => "=",
                    Is::Other => "!=",
                };
                write!(f, "{}{is}{pattern}", field.name)
            }
            Self::Number {
                field,
                comparison,
                number,
            } => write!(f, "{}{comparison}{}", field.name, number.text),
            Self::Last { field, text, .. } => write!(f, "{}:{text}", field.name),
            Self::Date {
                field,
                comparison,
                date,
            } => write!(f, "{}{comparison}{date}", field.name),
        }
    }
}

impl fmt::Display for Comparison {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Like => ":",
            Self::Other => "!=",
            Self::Less => "<",
            Self::AtMost => "<=",
            Self::More => ">",
            Self::AtLeast => ">=",
        })
    }
}

impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text { text, .. } => f.write_str(&quoted(text)),
            Self::Regex(regex) => write!(f, "/{}/", regex.as_str().replace('/', r"\/")),
        }
    }
}

impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Year(year) => write!(f, "{year:04}"),
            Self::Month(year, month) => write!(f, "{year:04}-{month:02}"),
            Self::Day(year, month, day) => write!(f, "{year:04}-{month:02}-{day:02}"),
            Self::Today => f.write_str("today"),
            Self::Yesterday => f.write_str("yesterday"),
        }
    }
}

/// A text as it is typed: in quotes where it would mean something else without them.
pub(super) fn quoted(text: &str) -> String {
    let plain = |letter: char| letter.is_alphanumeric() || "-_.+*,@#~%&;".contains(letter);
    let keyword = KEYWORDS.iter().any(|word| word.eq_ignore_ascii_case(text));
    if !text.is_empty() && !keyword && text.chars().all(plain) {
        return text.to_owned();
    }
    format!("\"{}\"", text.replace('\\', r"\\").replace('"', "\\\""))
}
