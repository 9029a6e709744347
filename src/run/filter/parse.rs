//! From text to a filter: a recursive descent over tokens.

use super::fields::{Field, Value};
use super::lexer::{Operand, Operator, Place, Token, tokens};
use super::{Date, Expression, FilterError, Is, Number, Pattern, Term};

/// Most nested parentheses and `not`s.
const DEEPEST: usize = 40;
/// Most memory of a compiled pattern, in bytes.
const PATTERN_SIZE: usize = 1 << 20;

/// Reads a filter; none where it shows all runs.
pub(super) fn parse(text: &str) -> Result<Option<Expression>, FilterError> {
    let tokens = tokens(text)?;
    if tokens.is_empty() {
        return Ok(None);
    }
    let mut parser = Parser { tokens, at: 0 };
    let expression = parser.any(0)?;
    match parser.tokens.get(parser.at) {
        None => Ok(Some(expression)),
        Some((_, place)) => Err(place.wrong("this ')' closes nothing: leave it out")),
    }
}

struct Parser {
    tokens: Vec<(Token, Place)>,
    at: usize,
}

impl Parser {
    fn next(&self) -> Option<&Token> {
        self.tokens.get(self.at).map(|(token, _)| token)
    }

    /// The place of the next token, or that behind the last.
    fn place(&self) -> Place {
        let last = || self.tokens.last().map_or(0, |(_, place)| place.end);
        self.tokens.get(self.at).map_or_else(
            || Place {
                start: last(),
                end: last(),
            },
            |(_, place)| *place,
        )
    }

    fn any(&mut self, depth: usize) -> Result<Expression, FilterError> {
        let mut parts = vec![self.all(depth)?];
        while matches!(self.next(), Some(Token::Or)) {
            self.at += 1;
            parts.push(self.all(depth)?);
        }
        Ok(joined(parts, Expression::Any))
    }

    fn all(&mut self, depth: usize) -> Result<Expression, FilterError> {
        let mut parts = vec![self.one(depth)?];
        loop {
            match self.next() {
                None | Some(Token::Or | Token::Close) => break,
                Some(Token::And) => self.at += 1,
                Some(_) => {}
            }
            parts.push(self.one(depth)?);
        }
        Ok(joined(parts, Expression::All))
    }

    fn one(&mut self, depth: usize) -> Result<Expression, FilterError> {
        let place = self.place();
        if depth > DEEPEST {
            return Err(place.wrong(format!("more than {DEEPEST} nested parentheses or nots")));
        }
        let Some((token, _)) = self.tokens.get(self.at).cloned() else {
            return Err(place.incomplete("a term is missing here"));
        };
        self.at += 1;
        match token {
            Token::Not => Ok(Expression::Not(Box::new(self.one(depth + 1)?))),
            Token::Open => {
                let inner = self.any(depth + 1)?;
                if !matches!(self.next(), Some(Token::Close)) {
                    return Err(place.incomplete("the parenthesis is not closed: end it with )"));
                }
                self.at += 1;
                Ok(inner)
            }
            Token::Close => Err(place.wrong("a term is missing before ')'")),
            Token::And | Token::Or => {
                let word = if matches!(token, Token::And) {
                    "and"
                } else {
                    "or"
                };
                Err(place.wrong(format!(
                    "a term is missing before '{word}'; to search for the word itself, write \"{word}\""
                )))
            }
            Token::Words(operand) => Ok(Expression::Term(Term::Words(pattern(operand, place)?))),
            Token::Field {
                field,
                operator,
                operand,
            } => term(field, operator, operand, place).map(Expression::Term),
        }
    }
}

/// The only one of `parts`, or all of them joined.
fn joined(mut parts: Vec<Expression>, join: fn(Vec<Expression>) -> Expression) -> Expression {
    match parts.pop() {
        Some(part) if parts.is_empty() => part,
        part => {
            parts.extend(part);
            join(parts)
        }
    }
}

fn pattern(operand: Operand, place: Place) -> Result<Pattern, FilterError> {
    match operand {
        Operand::Bare(text) | Operand::Quoted(text) => Ok(Pattern::text(&text)),
        Operand::Regex(text) => regex::RegexBuilder::new(&text)
            .case_insensitive(true)
            .size_limit(PATTERN_SIZE)
            .dfa_size_limit(PATTERN_SIZE)
            .build()
            .map(|regex| Pattern::Regex(Box::new(regex)))
            .map_err(|error| {
                let said = error.to_string();
                let why = said.lines().last().unwrap_or_default();
                let why = why.trim_start_matches("error: ");
                place.wrong(format!("the pattern cannot be used: {why}"))
            }),
    }
}

fn term(
    field: &'static Field,
    operator: Operator,
    operand: Operand,
    place: Place,
) -> Result<Term, FilterError> {
    let bare = |operand: Operand| match operand {
        Operand::Bare(text) | Operand::Quoted(text) => Ok(text),
        Operand::Regex(_) => Err(place.wrong(format!(
            "{} takes no pattern: write it as in {}",
            field.name,
            field.example()
        ))),
    };
    match &field.value {
        Value::Text(_) | Value::Words(_) => {
            let is = match operator {
                Operator::Colon => Is::Like,
                Operator::Is => Is::Same,
                Operator::Other => Is::Other,
                _ => {
                    return Err(place.wrong(format!(
                        "{} is a text, not a number: write it as in {}",
                        field.name,
                        field.example()
                    )));
                }
            };
            let pattern = pattern(operand, place)?;
            Ok(Term::Text { field, is, pattern })
        }
        Value::Share(_) | Value::Number(_) => {
            let is_share = matches!(field.value, Value::Share(_));
            let text = bare(operand)?;
            let number = number(&text, is_share).ok_or_else(|| {
                place.wrong(format!(
                    "'{text}' is not a number: write it as in {}",
                    field.example()
                ))
            })?;
            Ok(Term::Number {
                field,
                comparison: operator.comparison(),
                number,
            })
        }
        Value::Age => {
            if !matches!(operator, Operator::Colon | Operator::Is) {
                return Err(place.wrong(format!("{0} takes ':', as in {0}:7d", field.name)));
            }
            let text = bare(operand)?;
            let seconds = age(&text).ok_or_else(|| {
                place.wrong(format!(
                    "'{text}' is not a length of time: write it as 30m, 12h, 7d or 2w"
                ))
            })?;
            Ok(Term::Last {
                field,
                text,
                seconds,
            })
        }
        Value::Date => {
            let text = bare(operand)?;
            let date = date(&text).ok_or_else(|| {
                place.wrong(format!(
                    "'{text}' is not a date: write it as 2026-11-28, 2026-11, 2026, today or yesterday"
                ))
            })?;
            Ok(Term::Date {
                field,
                comparison: operator.comparison(),
                date,
            })
        }
    }
}

/// A number with a decimal point, and with `%` of a share, else with k, M or G. A share above 1 is in percent too.
fn number(text: &str, is_share: bool) -> Option<Number> {
    let is_unit = |letter: char| !(letter.is_ascii_digit() || letter == '.' || letter == '-');
    let (digits, unit) = text.split_at(text.find(is_unit).unwrap_or(text.len()));
    let value: f64 = digits.parse().ok()?;
    // Divided by 100, not multiplied by 0.01: 98.4 / 100 is the same float as 0.984.
    let (scale, divisor) = match unit {
        "%" if is_share => (1.0, 100.0),
        "" if is_share && value.abs() > 1.0 => (1.0, 100.0),
        "" => (1.0, 1.0),
        "k" | "K" if !is_share => (1e3, 1.0),
        "M" | "m" if !is_share => (1e6, 1.0),
        "G" | "g" if !is_share => (1e9, 1.0),
        _ => return None,
    };
    let decimals = digits.split_once('.').map_or(0, |(_, after)| after.len());
    let tolerance = 0.5 * scale / divisor * 10_f64.powi(-(decimals.min(300) as i32));
    Some(Number {
        text: text.to_owned(),
        value: value * scale / divisor,
        tolerance,
    })
}

/// A span such as `7d`, in seconds.
fn age(text: &str) -> Option<i64> {
    let unit = text.chars().last().filter(char::is_ascii)?;
    let number = &text[..text.len() - 1];
    let seconds = match unit {
        'm' => 60,
        'h' => 3600,
        'd' => 86_400,
        'w' => 7 * 86_400,
        _ => return None,
    };
    let number: u32 = number.parse().ok()?;
    Some(i64::from(number) * seconds)
}

fn date(text: &str) -> Option<Date> {
    match text.to_ascii_lowercase().as_str() {
        "today" => return Some(Date::Today),
        "yesterday" => return Some(Date::Yesterday),
        _ => {}
    }
    let parts: Vec<&str> = text.split('-').collect();
    let digits = |part: &str, length: usize| {
        let fits = part.len() == length && part.bytes().all(|byte| byte.is_ascii_digit());
        fits.then(|| part.parse::<i16>().ok()).flatten()
    };
    let month = |part: &str| {
        let month = i8::try_from(digits(part, 2)?).ok()?;
        (1..=12).contains(&month).then_some(month)
    };
    match parts.as_slice() {
        [year] => Some(Date::Year(digits(year, 4)?)),
        [year, of] => Some(Date::Month(digits(year, 4)?, month(of)?)),
        [year, of, day] => {
            let (year, month) = (digits(year, 4)?, month(of)?);
            let day = i8::try_from(digits(day, 2)?).ok()?;
            jiff::civil::Date::new(year, month, day).ok()?;
            Some(Date::Day(year, month, day))
        }
        _ => None,
    }
}
