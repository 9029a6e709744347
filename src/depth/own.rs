//! Rules of the user's own: an expression over the statistics of a profile.

use std::collections::BTreeMap;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::{PoisonError, RwLock};

use exmex::{Express, FlatEx};
use serde::{Deserialize, Serialize};

use super::statistics::{NAMES, Statistics};
use super::{Rule, Unit};

/// What a config file says of a rule, in its table `[readings.NAME]`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Definition {
    /// An expression over [`super::STATISTICS`], such as `ceil(S_mean - 2 * S_sd)`.
    pub expression: String,
    /// What its value counts.
    pub unit: Unit,
}

/// A rule of the user's own. Two of them are equal if they have the same name.
pub struct OwnRule {
    name: String,
    expression: String,
    unit: Unit,
    place: Option<String>,
    parsed: Option<FlatEx<f64>>,
}

/// The rules of a config file by name. Reading them defines them.
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
        self.0
            .iter()
            .filter_map(|(name, definition)| OwnRule::define(name, definition, None).ok())
            .collect()
    }
}

impl TryFrom<BTreeMap<String, Definition>> for OwnRules {
    type Error = OwnError;

    fn try_from(definitions: BTreeMap<String, Definition>) -> Result<Self, OwnError> {
        for (name, definition) in &definitions {
            OwnRule::define(name, definition, None)?;
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

/// Every rule of the user's own that this process has met. A rule is a name that is copied about,
/// and what it stands for is kept here until the process ends.
static MET: RwLock<Vec<&'static OwnRule>> = RwLock::new(Vec::new());

impl OwnRule {
    /// The rule `name` by its definition; `place` is the file and line that defines it, where known.
    ///
    /// # Errors
    /// [`OwnError`] for a name that is taken or malformed, an expression that cannot be read, or a
    /// statistic that does not exist.
    pub fn define(
        name: &str,
        definition: &Definition,
        place: Option<String>,
    ) -> Result<Rule, OwnError> {
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
        Ok(Rule::Own(Self::meet(Self {
            name: name.to_owned(),
            expression: expression.to_owned(),
            unit: definition.unit,
            place,
            parsed: Some(parsed),
        })))
    }

    /// The rule of this name that was met last, or one of which only the name is known.
    pub(super) fn named(name: &str) -> &'static Self {
        let met = MET.read().unwrap_or_else(PoisonError::into_inner);
        let found = met.iter().rev().find(|rule| rule.name == name).copied();
        drop(met);
        found.unwrap_or_else(|| {
            Self::meet(Self {
                name: name.to_owned(),
                expression: "a rule of the user's own".to_owned(),
                unit: Unit::Convolutions,
                place: None,
                parsed: None,
            })
        })
    }

    /// Keeps the rule; one that is known already is met again, which makes it the last one.
    ///
    /// A rule that comes without its place has that of the equal rule met before.
    fn meet(rule: Self) -> &'static Self {
        let mut met = MET.write().unwrap_or_else(PoisonError::into_inner);
        let same = |known: &Self| {
            known.name == rule.name
                && known.expression == rule.expression
                && known.unit == rule.unit
                && (rule.place.is_none() || rule.place == known.place)
        };
        let known = match met.iter().rposition(|known| same(known)) {
            Some(place) => met.remove(place),
            None => Box::leak(Box::new(rule)),
        };
        met.push(known);
        known
    }

    /// Its name.
    #[must_use]
    pub const fn name(&self) -> &str {
        self.name.as_str()
    }

    /// Its expression.
    #[must_use]
    pub fn expression(&'static self) -> &'static str {
        self.defined().expression.as_str()
    }

    /// What its cap counts.
    #[must_use]
    pub fn unit(&'static self) -> Unit {
        self.defined().unit
    }

    /// The definition that was met since where so far only the name was known.
    fn defined(&'static self) -> &'static Self {
        if self.parsed.is_some() {
            return self;
        }
        let met = MET.read().unwrap_or_else(PoisonError::into_inner);
        met.iter()
            .rev()
            .find(|rule| rule.name == self.name && rule.parsed.is_some())
            .unwrap_or(&self)
    }

    /// Whether its expression names one of `statistics`.
    pub(super) fn names_any(&'static self, statistics: &[&str]) -> bool {
        self.defined().parsed.as_ref().is_some_and(|parsed| {
            parsed
                .var_names()
                .iter()
                .any(|name| statistics.contains(&name.as_str()))
        })
    }

    /// The value of the expression, whatever it is; none where only the name of the rule is known.
    pub(super) fn value(&'static self, statistics: &Statistics) -> Option<f64> {
        let parsed = self.defined().parsed.as_ref()?;
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
    pub(super) fn checked_value(&'static self, statistics: &Statistics) -> Result<f64, OwnError> {
        let value = self.value(statistics).unwrap_or(f64::NAN);
        if value.is_finite() && value >= 1.0 {
            return Ok(value);
        }
        Err(OwnError::Value {
            place: self
                .place
                .as_ref()
                .map_or_else(String::new, |place| format!("{place}: ")),
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
        write!(f, "{} = {} {}", self.name, self.expression, self.unit)
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
        };
        OwnRule::define(name, &definition, None)
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
        };
        let rule = OwnRule::define("test-place", &definition, Some("my.toml:7".to_owned()));
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
    fn a_name_alone_finds_the_rule_that_was_met_last() {
        let rule = define("test-met", "1 + 1").unwrap();
        let text = serde_json::to_string(&rule).unwrap();
        assert_eq!(text, "\"test-met\"");
        let again: Rule = serde_json::from_str(&text).unwrap();
        assert_eq!(
            (again, again.formula(), again.unit()),
            (rule, "1 + 1", Unit::Blocks)
        );
        define("test-met", "1 + 2").unwrap();
        let again: Rule = serde_json::from_str(&text).unwrap();
        assert_eq!(again.formula(), "1 + 2");
        let unknown: Rule = serde_json::from_str("\"test-never-met\"").unwrap();
        assert_eq!(unknown.name(), "test-never-met");
    }
}
