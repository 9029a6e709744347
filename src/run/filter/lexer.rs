//! From the text of a filter to tokens: parentheses, keywords, words, and fields with operator and operand.

use super::fields::{FIELDS, Field};
use super::{Comparison, FilterError};

pub(super) const KEYWORDS: [&str; 3] = ["and", "or", "not"];

/// Most characters of a filter.
const LONGEST: usize = 4096;

/// A part of the text, in characters.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place {
    pub(super) start: usize,
    pub(super) end: usize,
}

impl Place {
    pub(super) fn wrong(self, problem: impl Into<String>) -> FilterError {
        FilterError {
            at: self.start,
            length: self.end - self.start,
            problem: problem.into(),
            incomplete: false,
        }
    }

    pub(super) fn incomplete(self, problem: impl Into<String>) -> FilterError {
        FilterError {
            incomplete: true,
            ..self.wrong(problem)
        }
    }
}

#[derive(Clone, Debug)]
pub(super) enum Token {
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
pub(super) enum Operand {
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

    pub(super) const fn comparison(self) -> Comparison {
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

/// The tokens of a filter, each with its place.
pub(super) fn tokens(text: &str) -> Result<Vec<(Token, Place)>, FilterError> {
    let letters: Vec<char> = text.chars().collect();
    if letters.len() > LONGEST {
        let place = Place {
            start: LONGEST,
            end: LONGEST,
        };
        return Err(place.wrong(format!("a filter has at most {LONGEST} characters")));
    }
    Lexer { letters, at: 0 }.tokens()
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
