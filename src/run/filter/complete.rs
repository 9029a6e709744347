//! Completion of what is typed of a filter: fields, and values that occur in the list.

use std::borrow::Cow;
use std::collections::HashMap;

use super::display::quoted;
use super::fields::{FIELDS, Field, Value};
use super::lexer::{Operator, ends_term, field_of};
use crate::run::RunListing;

/// Most values that are offered.
const MOST: usize = 60;
/// Fewest letters of a word for which values of fields are offered.
const LETTERS: usize = 2;

/// What a part of the text can be completed to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Completion {
    /// Where that part begins, in bytes; it ends at the cursor.
    pub start: usize,
    /// Its completions, the best first.
    pub candidates: Vec<Candidate>,
}

/// A completion.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Candidate {
    /// What is put into the text.
    pub text: String,
    /// What it is, in a few words; perhaps nothing.
    pub about: String,
}

/// Completes the term of `text` that ends at `cursor`, a place in bytes between two characters.
#[must_use]
pub fn complete(text: &str, cursor: usize, runs: &[RunListing]) -> Completion {
    let Some(before) = text.get(..cursor) else {
        return Completion::default();
    };
    let start = start_of_term(before);
    let term = &before[start..];
    let mut candidates = match field_of(term) {
        Some((name, operator, length)) => match Field::find(name) {
            Some(field) => values(field, operator, &term[..length], &term[length..], runs),
            None => Vec::new(),
        },
        None if term.starts_with(['"', '/']) => Vec::new(),
        None => fields(term, runs),
    };
    candidates.retain(|candidate| candidate.text != term);
    candidates.truncate(MOST);
    Completion { start, candidates }
}

/// Where the last term begins: behind blanks and parentheses that are not in quotes or a pattern.
fn start_of_term(before: &str) -> usize {
    let mut start = 0;
    let mut within: Option<char> = None;
    let mut escaped = false;
    let mut last = ' ';
    for (at, letter) in before.char_indices() {
        let begins = at == start || matches!(last, ':' | '=' | '<' | '>');
        match within {
            Some(_) if escaped => escaped = false,
            Some(_) if letter == '\\' => escaped = true,
            Some(sign) if letter == sign => within = None,
            None if matches!(letter, '"' | '/') && begins => within = Some(letter),
            None if ends_term(letter) => {
                start = at + letter.len_utf8();
            }
            _ => {}
        }
        last = letter;
    }
    start
}

/// Fields that begin with `term`, then values in the list that hold it.
fn fields(term: &str, runs: &[RunListing]) -> Vec<Candidate> {
    let lower = term.to_lowercase();
    let sign = |field: &Field| match field.value {
        Value::Share(_) | Value::Number(_) => ">",
        Value::Date => ">=",
        _ => ":",
    };
    let mut candidates: Vec<Candidate> = FIELDS
        .iter()
        .filter(|field| field.name.starts_with(&lower))
        .map(|field| Candidate {
            text: format!("{}{}", field.name, sign(field)),
            about: field.about.to_owned(),
        })
        .collect();
    if lower.chars().count() >= LETTERS {
        let of = ["dataset", "arch", "verdict", "status", "tag", "device"];
        for field in of.into_iter().filter_map(Field::find) {
            let found = counted(field, runs);
            let found = found.into_iter().filter(|(value, _)| {
                let value = value.to_lowercase();
                value.contains(&lower)
            });
            candidates.extend(found.map(|(value, number)| Candidate {
                text: format!("{}:{}", field.name, quoted(&value)),
                about: in_runs(number),
            }));
        }
    }
    candidates
}

/// Values of a field that begin with what is typed of one, then those that hold it.
fn values(
    field: &'static Field,
    operator: Operator,
    typed: &str,
    value: &str,
    runs: &[RunListing],
) -> Vec<Candidate> {
    let lower = value.trim_start_matches('"').to_lowercase();
    let fixed = |words: &[&str]| -> Vec<(String, usize)> {
        words.iter().map(|word| ((*word).to_owned(), 0)).collect()
    };
    let known = match field.value {
        Value::Text(_) | Value::Words(_)
            if matches!(operator, Operator::Colon | Operator::Is | Operator::Other)
                && field.name != "note" =>
        {
            counted(field, runs)
        }
        Value::Age => fixed(&["1h", "12h", "1d", "7d", "2w"]),
        Value::Date => fixed(&["today", "yesterday"]),
        _ => Vec::new(),
    };
    let (mut first, second): (Vec<_>, Vec<_>) = known
        .into_iter()
        .filter(|(value, _)| value.to_lowercase().contains(&lower))
        .partition(|(value, _)| value.to_lowercase().starts_with(&lower));
    if !matches!(field.value, Value::Words(_)) {
        first.extend(second);
    }
    first
        .into_iter()
        .map(|(value, number)| Candidate {
            text: format!("{typed}{}", quoted(&value)),
            about: in_runs(number),
        })
        .collect()
}

fn in_runs(number: usize) -> String {
    match number {
        0 => String::new(),
        1 => "1 run".to_owned(),
        number => format!("{number} runs"),
    }
}

/// The values of a field in the list with the number of runs that have them, the most frequent first.
fn counted(field: &Field, runs: &[RunListing]) -> Vec<(String, usize)> {
    let mut counts: HashMap<Cow<'_, str>, usize> = HashMap::new();
    for run in runs {
        for text in field.texts(run).0 {
            if !text.is_empty() {
                *counts.entry(text).or_default() += 1;
            }
        }
    }
    let counts = counts.into_iter();
    let mut counted: Vec<(String, usize)> = counts
        .map(|(text, count)| (text.into_owned(), count))
        .collect();
    counted.sort_by(|(a, of_a), (b, of_b)| of_b.cmp(of_a).then_with(|| a.cmp(b)));
    counted
}
