//! The language that picks runs from a list: `dataset:mnist acc>98% not tag:bad`.
//!
//! Terms side by side must all hold; `or`, `not` and parentheses join them. A term is a word, words in quotes, a pattern
//! `/…/`, or a field with a value. [`fields`] lists the fields, [`parse`] reads, [`complete`](mod@complete) completes.

mod complete;
mod display;
mod fields;
mod lexer;
mod parse;
#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests;

use std::str::FromStr;

use jiff::Timestamp;
use jiff::tz::TimeZone;

pub use self::complete::{Candidate, Completion, complete};
pub use self::fields::verdict_word;

use self::fields::Field;
use super::RunListing;

/// Which runs of a list are shown.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Filter {
    /// None where all are.
    expression: Option<Expression>,
}

/// The time and zone with which a filter compares ages and dates.
#[derive(Clone, Debug)]
pub struct Moment {
    /// The present time.
    pub now: Timestamp,
    /// The zone of dates.
    pub zone: TimeZone,
}

impl Default for Moment {
    fn default() -> Self {
        Self {
            now: Timestamp::UNIX_EPOCH,
            zone: TimeZone::UTC,
        }
    }
}

/// What is wrong with the text of a filter.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("filter, character {}: {problem}", .at + 1)]
pub struct FilterError {
    /// Where, in characters from 0.
    pub at: usize,
    /// How many characters of the text are wrong, perhaps none.
    pub length: usize,
    /// One sentence.
    pub problem: String,
    /// Whether it may only be that the text is not typed to its end.
    pub incomplete: bool,
}

impl FilterError {
    /// The problem without what to do about it.
    #[must_use]
    pub fn in_short(&self) -> &str {
        let end = self.problem.find([',', ':']);
        &self.problem[..end.unwrap_or(self.problem.len())]
    }
}

#[derive(Clone, Debug, PartialEq)]
enum Expression {
    Term(Term),
    Not(Box<Self>),
    /// Two or more.
    All(Vec<Self>),
    /// Two or more.
    Any(Vec<Self>),
}

#[derive(Clone, Debug, PartialEq)]
enum Term {
    /// Any text of a run.
    Words(Pattern),
    Text {
        field: &'static Field,
        is: Is,
        pattern: Pattern,
    },
    Number {
        field: &'static Field,
        comparison: Comparison,
        number: Number,
    },
    /// Made no longer ago than so many seconds.
    Last {
        field: &'static Field,
        text: String,
        seconds: i64,
    },
    Date {
        field: &'static Field,
        comparison: Comparison,
        date: Date,
    },
}

/// How a text is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Is {
    /// It holds the pattern; of words from a list: one of them begins with it.
    Like,
    /// It is the same but for capitals.
    Same,
    /// It is not.
    Other,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Comparison {
    /// Equal to the digits that were typed; written `:` or `=`.
    Like,
    Other,
    Less,
    AtMost,
    More,
    AtLeast,
}

/// A text, or a regular expression.
#[derive(Clone, Debug)]
enum Pattern {
    Text { text: String, lower: String },
    Regex(Box<regex::Regex>),
}

/// A number as it was typed.
#[derive(Clone, Debug, PartialEq)]
struct Number {
    text: String,
    value: f64,
    /// Half of its last digit.
    tolerance: f64,
}

/// A year, a month or a day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Date {
    Year(i16),
    Month(i16, i8),
    Day(i16, i8, i8),
    Today,
    Yesterday,
}

impl Filter {
    /// Whether it shows all runs.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.expression.is_none()
    }

    /// The filter of the terms before the one that is not typed to its end, as `error` says of `text`; it shows all runs
    /// where those terms are no filter.
    #[must_use]
    pub fn before(text: &str, error: &FilterError) -> Self {
        let terms: String = text.chars().take(error.at).collect();
        terms.parse().unwrap_or_default()
    }

    /// Whether it shows `run`.
    #[must_use]
    pub fn matches(&self, run: &RunListing, moment: &Moment) -> bool {
        let expression = self.expression.as_ref();
        expression.is_none_or(|expression| expression.holds(run, moment))
    }
}

impl FromStr for Filter {
    type Err = FilterError;

    fn from_str(text: &str) -> Result<Self, FilterError> {
        let expression = parse::parse(text)?;
        Ok(Self { expression })
    }
}

impl Expression {
    fn holds(&self, run: &RunListing, moment: &Moment) -> bool {
        match self {
            Self::Term(term) => term.holds(run, moment),
            Self::Not(inner) => !inner.holds(run, moment),
            Self::All(parts) => parts.iter().all(|part| part.holds(run, moment)),
            Self::Any(parts) => parts.iter().any(|part| part.holds(run, moment)),
        }
    }
}

impl Term {
    fn holds(&self, run: &RunListing, moment: &Moment) -> bool {
        match self {
            Self::Words(pattern) => fields::words(run).iter().any(|text| pattern.is_in(text)),
            Self::Text { field, is, pattern } => {
                let (texts, listed) = field.texts(run);
                match is {
                    Is::Like if listed => texts.iter().any(|text| pattern.begins(text)),
                    Is::Like => texts.iter().any(|text| pattern.is_in(text)),
                    Is::Same => texts.iter().any(|text| pattern.is(text)),
                    Is::Other => !texts.iter().any(|text| pattern.is(text)),
                }
            }
            Self::Number {
                field,
                comparison,
                number,
            } => field
                .number(run)
                .is_some_and(|value| comparison.holds_of(value, number)),
            Self::Last { seconds, .. } => {
                let age = moment.now.as_second() - run.created.as_second();
                age <= *seconds
            }
            Self::Date {
                comparison, date, ..
            } => date.compare(run.created, moment).is_some_and(|order| {
                use std::cmp::Ordering::{Equal, Greater, Less};
                match comparison {
                    Comparison::Like => order == Equal,
                    Comparison::Other => order != Equal,
                    Comparison::Less => order == Less,
                    Comparison::AtMost => order != Greater,
                    Comparison::More => order == Greater,
                    Comparison::AtLeast => order != Less,
                }
            }),
        }
    }
}

impl Comparison {
    fn holds_of(self, value: f64, number: &Number) -> bool {
        /// How far a mean may be off by rounding.
        const ROUNDING: f64 = 1e-12;
        let above = value - number.value;
        let (near, rounding) = (
            above.abs() <= number.tolerance,
            ROUNDING * number.value.abs().max(1.0),
        );
        match self {
            Self::Like => near,
            Self::Other => !near,
            Self::Less => above < -rounding,
            Self::AtMost => above <= rounding,
            Self::More => above > rounding,
            Self::AtLeast => above >= -rounding,
        }
    }
}

impl Pattern {
    fn text(text: &str) -> Self {
        Self::Text {
            text: text.to_owned(),
            lower: text.to_lowercase(),
        }
    }

    fn is_in(&self, text: &str) -> bool {
        match self {
            Self::Text { lower, .. } if lower.is_empty() => true,
            // Lists may be long: of most texts no copy in small letters is needed.
            Self::Text { lower, .. } if text.is_ascii() => {
                let mut parts = text.as_bytes().windows(lower.len());
                parts.any(|part| part.eq_ignore_ascii_case(lower.as_bytes()))
            }
            Self::Text { lower, .. } => text.to_lowercase().contains(lower.as_str()),
            Self::Regex(regex) => regex.is_match(text),
        }
    }

    fn begins(&self, text: &str) -> bool {
        match self {
            Self::Text { lower, .. } => text.to_lowercase().starts_with(lower.as_str()),
            Self::Regex(regex) => regex.is_match(text),
        }
    }

    fn is(&self, text: &str) -> bool {
        match self {
            Self::Text { lower, .. } => text.to_lowercase() == *lower,
            Self::Regex(regex) => regex.is_match(text),
        }
    }
}

impl PartialEq for Pattern {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Text { text, .. }, Self::Text { text: theirs, .. }) => text == theirs,
            (Self::Regex(regex), Self::Regex(theirs)) => regex.as_str() == theirs.as_str(),
            _ => false,
        }
    }
}

impl Date {
    /// Compares the year, month or day of `created` with this date.
    fn compare(self, created: Timestamp, moment: &Moment) -> Option<std::cmp::Ordering> {
        let civil = |time: Timestamp| time.to_zoned_datetime(moment.zone.clone()).date();
        let made = civil(created);
        let day = match self {
            Self::Year(year) => return Some(made.year().cmp(&year)),
            Self::Month(year, month) => {
                return Some((made.year(), made.month()).cmp(&(year, month)));
            }
            Self::Day(year, month, day) => jiff::civil::Date::new(year, month, day).ok()?,
            Self::Today => civil(moment.now),
            Self::Yesterday => civil(moment.now).yesterday().ok()?,
        };
        Some(made.cmp(&day))
    }
}
