//! Rules of the user's own: an expression over the statistics of a profile.

use std::collections::BTreeMap;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use exmex::{Express, FlatEx};
use serde::{Deserialize, Serialize};

use super::statistics::{NAMES, Statistics};
use super::{Rule, Unit};

/// Most characters of an expression.
const LONGEST: usize = 1000;

/// What a config file says of a rule, in its table `[readings.NAME]`.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Definition {
    /// An expression over [`super::STATISTICS`], such as `ceil(S_mean - 2 * S_sd)`.
    pub expression: String,
    /// What its value counts.
    pub unit: Unit,
    /// The file and line that define it, where known; no part of what it means.
    #[serde(skip)]
    pub place: Option<String>,
}

impl PartialEq for Definition {
    fn eq(&self, other: &Self) -> bool {
        (&self.expression, self.unit) == (&other.expression, other.unit)
    }
}

impl Eq for Definition {}

/// A rule of the user's own. Two of them are equal if they have the same name.
pub struct OwnRule {
    name: String,
    /// What it stands for; none where a file gives its name alone.
    defined: Option<Defined>,
}

struct Defined {
    definition: Definition,
    parsed: FlatEx<f64>,
}

/// The rules of a config file by name.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "BTreeMap<String, Definition>")]
pub struct OwnRules(BTreeMap<String, Definition>);

impl OwnRules {
    /// The definitions by name.
    #[must_use]
    pub const fn definitions(&self) -> &BTreeMap<String, Definition> {
        &self.0
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The rules, in the order of their names.
    #[must_use]
    pub fn rules(&self) -> Vec<Rule> {
        self.0.keys().filter_map(|name| self.rule(name)).collect()
    }

    /// The rule of this name.
    #[must_use]
    pub fn rule(&self, name: &str) -> Option<Rule> {
        OwnRule::define(name, self.0.get(name)?).ok()
    }

    /// `rule` with its definition, where it is one of these.
    #[must_use]
    pub fn defined(&self, rule: Rule) -> Rule {
        match &rule {
            Rule::Own(own) => self.rule(own.name()).unwrap_or(rule),
            _ => rule,
        }
    }
}

impl TryFrom<BTreeMap<String, Definition>> for OwnRules {
    type Error = OwnError;

    fn try_from(definitions: BTreeMap<String, Definition>) -> Result<Self, OwnError> {
        for (name, definition) in &definitions {
            OwnRule::define(name, definition)?;
        }
        Ok(Self(definitions))
    }
}

/// What is wrong with a rule of the user's own.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OwnError {
    /// The name cannot be used.
    #[error("reading '{name}': {problem}")]
    Name {
        /// The name.
        name: String,
        /// Why not.
        problem: &'static str,
    },
    /// The expression is longer than any that a person writes.
    #[error("reading '{name}': its expression has {length} characters: use at most {LONGEST}")]
    Length {
        /// The rule.
        name: String,
        /// Characters of the expression.
        length: usize,
    },
    /// The expression cannot be read.
    #[error(
        "reading '{name}': '{expression}' is no expression ({problem}): it may have numbers such as 0.5, + - * / ^, parentheses, ceil, floor, sqrt, log2 and others of one value, min(a, b), max(a, b), and {}",
        NAMES.join(", ")
    )]
    Syntax {
        /// The rule.
        name: String,
        /// What was to be read.
        expression: String,
        /// Why not.
        problem: String,
    },
    /// The expression names something unknown.
    #[error("reading '{name}': unknown statistic '{variable}': the known ones are {}", NAMES.join(", "))]
    Variable {
        /// The rule.
        name: String,
        /// What is unknown.
        variable: String,
    },
    /// The value is no cap.
    #[error(
        "{place}reading '{name}': {expression} is {value} on this dataset, and a cap must be a finite number of at least 1"
    )]
    Value {
        /// File and line with a colon and a blank, where known.
        place: String,
        /// The rule.
        name: String,
        /// Its expression.
        expression: String,
        /// Its value.
        value: String,
    },
}

impl OwnRule {
    /// The rule `name` by its definition.
    ///
    /// # Errors
    /// [`OwnError`] for a name that is taken or malformed, an expression that cannot be read, or a
    /// statistic that does not exist.
    pub fn define(name: &str, definition: &Definition) -> Result<Rule, OwnError> {
        let wrong = |problem| OwnError::Name {
            name: name.to_owned(),
            problem,
        };
        if Rule::ALL.iter().any(|rule| rule.name() == name) {
            return Err(wrong("this is a built-in reading; choose another name"));
        }
        let plain = |letter: char| letter.is_ascii_alphanumeric() || "-_".contains(letter);
        if name.is_empty() || !name.chars().all(plain) {
            return Err(wrong("use letters, digits, - and _ for its name"));
        }
        let expression = definition.expression.trim();
        let length = expression.chars().count();
        if length > LONGEST {
            return Err(OwnError::Length {
                name: name.to_owned(),
                length,
            });
        }
        let parsed: FlatEx<f64> = exmex::parse(expression).map_err(|error| OwnError::Syntax {
            name: name.to_owned(),
            expression: expression.to_owned(),
            problem: error.to_string().lines().collect::<Vec<_>>().join(", "),
        })?;
        if let Some(variable) = parsed
            .var_names()
            .iter()
            .find(|variable| !NAMES.contains(&variable.as_str()))
        {
            return Err(OwnError::Variable {
                name: name.to_owned(),
                variable: variable.clone(),
            });
        }
        let definition = Definition {
            expression: expression.to_owned(),
            ..definition.clone()
        };
        Ok(Rule::Own(Arc::new(Self {
            name: name.to_owned(),
            defined: Some(Defined { definition, parsed }),
        })))
    }

    /// A rule of which only the name is known.
    pub(super) fn named(name: &str) -> Rule {
        Rule::Own(Arc::new(Self {
            name: name.to_owned(),
            defined: None,
        }))
    }

    /// Its name.
    #[must_use]
    pub const fn name(&self) -> &str {
        self.name.as_str()
    }

    /// What it stands for; none where only its name is known.
    #[must_use]
    pub fn definition(&self) -> Option<&Definition> {
        self.defined.as_ref().map(|defined| &defined.definition)
    }

    /// Its expression, or what it is in words.
    #[must_use]
    pub fn expression(&self) -> &str {
        self.definition()
            .map_or("a rule of the user's own", |definition| {
                definition.expression.as_str()
            })
    }

    /// What its cap counts.
    #[must_use]
    pub fn unit(&self) -> Unit {
        self.definition()
            .map_or(Unit::Convolutions, |definition| definition.unit)
    }

    /// Whether its expression names one of `statistics`.
    pub(super) fn names_any(&self, statistics: &[&str]) -> bool {
        self.defined.as_ref().is_some_and(|defined| {
            let mut names = defined.parsed.var_names().iter();
            names.any(|name| statistics.contains(&name.as_str()))
        })
    }

    /// The value of the expression, whatever it is; none where only the name of the rule is known.
    pub(super) fn value(&self, statistics: &Statistics) -> Option<f64> {
        let parsed = &self.defined.as_ref()?.parsed;
        let values: Vec<f64> = parsed
            .var_names()
            .iter()
            .map(|name| statistics.get(name))
            .collect();
        parsed.eval(&values).ok()
    }

    /// The value as a cap needs it.
    ///
    /// # Errors
    /// [`OwnError::Value`] where it is not finite or below 1.
    pub(super) fn checked_value(&self, statistics: &Statistics) -> Result<f64, OwnError> {
        let value = self.value(statistics).unwrap_or(f64::NAN);
        if value.is_finite() && value >= 1.0 {
            return Ok(value);
        }
        let place = self.definition().and_then(|known| known.place.as_ref());
        Err(OwnError::Value {
            place: place.map_or_else(String::new, |place| format!("{place}: ")),
            name: self.name.clone(),
            expression: self.expression().to_owned(),
            value: if value.is_nan() {
                "not a number".to_owned()
            } else {
                format!("{value}")
            },
        })
    }
}

impl fmt::Debug for OwnRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} = {} {}", self.name, self.expression(), self.unit())
    }
}

impl PartialEq for OwnRule {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

impl Eq for OwnRule {}

impl Hash for OwnRule {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.name.hash(state);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn define(name: &str, expression: &str) -> Result<Rule, OwnError> {
        let definition = Definition {
            expression: expression.to_owned(),
            unit: Unit::Blocks,
            place: None,
        };
        OwnRule::define(name, &definition)
    }

    fn value(expression: &str) -> f64 {
        let mut statistics = Statistics([f64::NAN; NAMES.len()]);
        for (name, value) in [
            ("S_mean", 20.5),
            ("S_sd", 2.0),
            ("grey_mean", 7.0),
            ("classes", 8.0),
        ] {
            statistics.set(name, value);
        }
        match define("test-value", expression).unwrap() {
            Rule::Own(rule) => rule.value(&statistics).unwrap(),
            other => panic!("{other}"),
        }
    }

    #[test]
    fn expressions_mean_what_they_say() {
        assert_eq!(value("ceil(S_mean - 2 * S_sd)"), 17.0);
        assert_eq!(value("S_mean - S_sd - 1 + 3 * 2 / 4"), 19.0);
        assert_eq!(value("min(S_mean, grey_mean) + max(1, 2)"), 9.0);
        assert_eq!(value("floor(S_mean) * log2(classes)"), 60.0);
        assert_eq!(value("-2 ^ 2 + sqrt(16)"), 8.0);
        assert!(value("joint_mean").is_nan());
    }

    #[test]
    fn what_cannot_be_a_rule_is_said_in_one_sentence() {
        for (name, expression, expected) in [
            ("channel-sum", "1", "built-in reading"),
            ("my rule", "1", "letters, digits"),
            (
                "mine",
                "ceil(S_men)",
                "unknown statistic 'S_men': the known ones are S_mean, S_sd",
            ),
            ("mine", "ceil(S_mean", "'ceil(S_mean' is no expression"),
            ("mine", "", "is no expression"),
            ("mine", "1e300", "it may have numbers such as 0.5"),
            ("mine", &"(".repeat(LONGEST), "is no expression"),
            (
                "mine",
                &"1+".repeat(100_000),
                "has 200000 characters: use at most 1000",
            ),
        ] {
            let said = define(name, expression).unwrap_err().to_string();
            assert!(said.contains(expected) && !said.contains('\n'), "{said}");
        }
    }

    #[test]
    fn a_value_that_is_no_cap_names_the_place() {
        let definition = Definition {
            expression: "S_mean / S_sd".to_owned(),
            unit: Unit::Convolutions,
            place: Some("my.toml:7".to_owned()),
        };
        let rule = OwnRule::define("test-place", &definition);
        let Ok(Rule::Own(rule)) = rule else {
            panic!("{rule:?}")
        };
        let mut statistics = Statistics([f64::NAN; NAMES.len()]);
        statistics.set("S_mean", 3.0);
        for (sd, expected) in [
            (0.0, "is inf on"),
            (6.0, "is 0.5 on"),
            (f64::NAN, "is not a number"),
        ] {
            statistics.set("S_sd", sd);
            let said = rule.checked_value(&statistics).unwrap_err().to_string();
            assert!(
                said.starts_with("my.toml:7: reading 'test-place': S_mean / S_sd is"),
                "{said}"
            );
            assert!(said.contains(expected), "{said}");
        }
        statistics.set("S_sd", 2.0);
        assert_eq!(rule.checked_value(&statistics), Ok(1.5));
    }

    #[test]
    fn nested_expressions_of_any_length_that_is_taken_are_read() {
        let half = LONGEST / 2 - 1;
        let nested = format!("{}1{}", "(".repeat(half), ")".repeat(half));
        assert_eq!(value(&nested), 1.0);
        let signs = format!("{}1", "-".repeat(LONGEST - 1));
        assert_eq!(value(&signs), -1.0);
    }

    /// Two rules of one name keep each its own meaning; a name alone has none.
    #[test]
    fn a_rule_holds_its_own_definition() {
        let rules = [define("test-two", "1 + 1"), define("test-two", "1 + 2")].map(Result::unwrap);
        assert_eq!(rules.each_ref().map(Rule::formula), ["1 + 1", "1 + 2"]);
        assert_eq!(rules[0], rules[1]);
        let text = serde_json::to_string(&rules[0]).unwrap();
        assert_eq!(text, "\"test-two\"");
        let alone: Rule = serde_json::from_str(&text).unwrap();
        assert_eq!(
            (alone.name(), alone.formula(), alone.unit()),
            ("test-two", "a rule of the user's own", Unit::Convolutions)
        );
        let definition = rules[1]
            .own()
            .and_then(OwnRule::definition)
            .unwrap()
            .clone();
        let known = OwnRules::try_from(BTreeMap::from([("test-two".to_owned(), definition)]));
        let known = known.unwrap();
        assert_eq!(known.defined(alone).formula(), "1 + 2");
        assert_eq!(known.defined(Rule::ChannelSum), Rule::ChannelSum);
    }
}
