//! From text to a filter: a recursive descent over tokens.

use super::fields::{FIELDS, Field, Value};
use super::{Comparison, Date, Expression, FilterError, Is, Number, Pattern, Term};

pub(super) const KEYWORDS: [&str; 3] = ["and", "or", "not"];

/// Most nested parentheses and `not`s.
const DEEPEST: usize = 40;
/// Most characters of a filter.
const LONGEST: usize = 4096;
/// Most memory of a compiled pattern, in bytes.
const PATTERN_SIZE: usize = 1 << 20;

/// A part of the text, in characters.
#[derive(Clone, Copy, Debug)]
struct Place {
    start: usize,
    end: usize,
}

impl Place {
    fn wrong(self, problem: impl Into<String>) -> FilterError {
        FilterError {
            at: self.start,
            length: self.end - self.start,
            problem: problem.into(),
            incomplete: false,
        }
    }

    fn incomplete(self, problem: impl Into<String>) -> FilterError {
        FilterError {
            incomplete: true,
            ..self.wrong(problem)
        }
    }
}

#[derive(Clone, Debug)]
enum Token {
    Open,
    Close,
    And,
    Or,
    Not,
    Words(Operand),
    Field {
        field: &'static Field,
        operator: Operator,
        operand: Operand,
    },
}

#[derive(Clone, Debug)]
enum Operand {
    Bare(String),
    Quoted(String),
    Regex(String),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Operator {
    Colon,
    Is,
    Other,
    Less,
    AtMost,
    More,
    AtLeast,
}

impl Operator {
    /// All, those of two signs first, as they are typed.
    const ALL: [(&'static str, Self); 7] = [
        ("!=", Self::Other),
        ("<=", Self::AtMost),
        (">=", Self::AtLeast),
        (":", Self::Colon),
        ("=", Self::Is),
        ("<", Self::Less),
        (">", Self::More),
    ];

    const fn comparison(self) -> Comparison {
        match self {
            Self::Colon | Self::Is => Comparison::Like,
            Self::Other => Comparison::Other,
            Self::Less => Comparison::Less,
            Self::AtMost => Comparison::AtMost,
            Self::More => Comparison::More,
            Self::AtLeast => Comparison::AtLeast,
        }
    }
}

/// A field's name and operator at the beginning of a term, with their lengths in bytes; the name may be empty.
pub(super) fn field_of(term: &str) -> Option<(&str, Operator, usize)> {
    let name = term
        .find(|letter: char| !(letter.is_ascii_alphabetic() || letter == '.' || letter == '-'))?;
    let (name, rest) = term.split_at(name);
    Operator::ALL
        .into_iter()
        .find(|(sign, _)| rest.starts_with(sign))
        .map(|(sign, operator)| (name, operator, name.len() + sign.len()))
}

/// Whether a term without quotes ends before this letter.
pub(super) fn ends_term(letter: char) -> bool {
    letter.is_whitespace() || matches!(letter, '(' | ')')
}

/// Reads a filter; none where it shows all runs.
pub(super) fn parse(text: &str) -> Result<Option<Expression>, FilterError> {
    let letters: Vec<char> = text.chars().collect();
    if letters.len() > LONGEST {
        let place = Place {
            start: LONGEST,
            end: LONGEST,
        };
        return Err(place.wrong(format!("a filter has at most {LONGEST} characters")));
    }
    let tokens = Lexer { letters, at: 0 }.tokens()?;
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

struct Lexer {
    letters: Vec<char>,
    at: usize,
}

impl Lexer {
    fn tokens(mut self) -> Result<Vec<(Token, Place)>, FilterError> {
        let mut tokens = Vec::new();
        while let Some(&letter) = self.letters.get(self.at) {
            let start = self.at;
            let token = match letter {
                letter if letter.is_whitespace() => {
                    self.at += 1;
                    continue;
                }
                '(' => {
                    self.at += 1;
                    Token::Open
                }
                ')' => {
                    self.at += 1;
                    Token::Close
                }
                _ => self.term()?,
            };
            let end = self.at;
            tokens.push((token, Place { start, end }));
        }
        Ok(tokens)
    }

    fn term(&mut self) -> Result<Token, FilterError> {
        let start = self.at;
        let rest: String = self.letters[start..].iter().take(64).collect();
        if let Some((name, operator, length)) = field_of(&rest) {
            // Names and signs are ASCII, a byte each.
            self.at += length;
            let end = self.at;
            let place = Place { start, end };
            if name.is_empty() {
                return Err(place.wrong(format!(
                    "the name of a field is missing before '{}'",
                    &rest[..length]
                )));
            }
            let field = Field::find(name).ok_or_else(|| unknown(name, place))?;
            if self
                .letters
                .get(self.at)
                .is_none_or(|&letter| ends_term(letter))
            {
                let problem = format!("a value is missing, as in {}", field.example());
                return Err(if self.at == self.letters.len() {
                    place.incomplete(problem)
                } else {
                    place.wrong(problem)
                });
            }
            let operand = self.operand()?;
            return Ok(Token::Field {
                field,
                operator,
                operand,
            });
        }
        Ok(match self.operand()? {
            Operand::Bare(word) => match word.to_ascii_lowercase().as_str() {
                "and" => Token::And,
                "or" => Token::Or,
                "not" => Token::Not,
                _ => Token::Words(Operand::Bare(word)),
            },
            operand => Token::Words(operand),
        })
    }

    fn operand(&mut self) -> Result<Operand, FilterError> {
        match self.letters.get(self.at) {
            Some('"') => self
                .between('"', "the quotes are not closed: end them with \"")
                .map(|text| Operand::Quoted(unescaped(&text))),
            Some('/') => self
                .between('/', "the pattern is not closed: end it with /")
                .map(|text| Operand::Regex(text.replace(r"\/", "/"))),
            _ => {
                let rest = self.letters[self.at..].iter();
                let word: String = rest.take_while(|&&letter| !ends_term(letter)).collect();
                self.at += word.chars().count();
                Ok(Operand::Bare(word))
            }
        }
    }

    /// The text between two of `sign`; a sign after a backslash does not end it.
    fn between(&mut self, sign: char, unclosed: &str) -> Result<String, FilterError> {
        let start = self.at;
        let mut text = String::new();
        self.at += 1;
        loop {
            let Some(&letter) = self.letters.get(self.at) else {
                let end = self.at;
                return Err(Place { start, end }.incomplete(unclosed));
            };
            self.at += 1;
            if letter == sign {
                break;
            }
            text.push(letter);
            if letter == '\\'
                && let Some(&next) = self.letters.get(self.at)
            {
                text.push(next);
                self.at += 1;
            }
        }
        let next = self.letters.get(self.at);
        if next.is_some_and(|&letter| !ends_term(letter)) {
            let (start, end) = (self.at, self.at + 1);
            return Err(Place { start, end }.wrong(format!("put a space after the closing {sign}")));
        }
        Ok(text)
    }
}

/// A quoted text without the backslashes before quotes and backslashes.
fn unescaped(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut letters = text.chars().peekable();
    while let Some(letter) = letters.next() {
        match letters.peek() {
            Some(&next) if letter == '\\' && matches!(next, '"' | '\\') => {
                plain.push(next);
                letters.next();
            }
            _ => plain.push(letter),
        }
    }
    plain
}

fn unknown(name: &str, place: Place) -> FilterError {
    let lower = name.to_lowercase();
    let names = FIELDS
        .iter()
        .flat_map(|field| std::iter::once(&field.name).chain(field.also));
    let nearest = names
        .map(|known| (strsim::jaro_winkler(known, &lower), *known))
        .max_by(|(a, _), (b, _)| a.total_cmp(b))
        .filter(|(likeness, _)| *likeness > 0.8);
    if let Some((_, known)) = nearest {
        return place.wrong(format!(
            "there is no field '{name}'; did you mean '{known}'?"
        ));
    }
    let names: Vec<&str> = FIELDS.iter().map(|field| field.name).collect();
    place.wrong(format!(
        "there is no field '{name}': put the words in quotes, or use one of {}",
        names.join(", ")
    ))
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
