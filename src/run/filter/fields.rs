//! The fields that a filter can ask for, a row each.

use std::borrow::Cow;

use crate::evidence::mean_interval;
use crate::run::{RunListing, RunStatus, SeedResult};

/// A field of a run.
#[derive(Debug)]
pub struct Field {
    /// Its name in a filter.
    pub name: &'static str,
    /// Other names of it.
    pub also: &'static [&'static str],
    /// What it is, in a few words.
    pub about: &'static str,
    /// What it holds.
    pub value: Value,
}

/// What a field holds.
#[derive(Debug)]
pub enum Value {
    /// A text of which a part can be asked for.
    Text(fn(&RunListing) -> Cow<'_, str>),
    /// Words, of which the beginning of one can be asked for: `verdict:inferior` is not `non-inferior`.
    Words(for<'a> fn(&'a RunListing) -> Vec<Cow<'a, str>>),
    /// A fraction, which may be typed in percent.
    Share(fn(&RunListing) -> Option<f64>),
    /// A number.
    Number(fn(&RunListing) -> Option<f64>),
    /// How long ago it was made.
    Age,
    /// When it was made.
    Date,
}

impl PartialEq for Field {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

const fn field(
    name: &'static str,
    also: &'static [&'static str],
    about: &'static str,
    value: Value,
) -> Field {
    Field {
        name,
        also,
        about,
        value,
    }
}

/// All fields, in the order in which they are shown.
#[rustfmt::skip]
pub static FIELDS: [Field; 23] = [
    field("dataset", &["data"], "name of the dataset", Value::Text(|run| run.dataset.as_str().into())),
    field("arch", &["architecture", "network"], "network, such as resnet-50", Value::Text(|run| run.architecture.as_str().into())),
    field("family", &[], "family of networks", Value::Words(|run| vec![run.design.family.as_str().into()])),
    field("verdict", &[], "non-inferior, inferior, inconclusive", Value::Words(|run| vec![verdict_word(run).into()])),
    field("status", &["state"], "finished, unfinished, diverged, running, silent or killed", Value::Words(|run| vec![status_word(run).into()])),
    field("acc", &["accuracy", "acc.capped"], "accuracy of the capped network", Value::Share(|run| mean(run, |seed| seed.capped.test_accuracy))),
    field("acc.baseline", &["baseline"], "accuracy of the baseline", Value::Share(|run| mean(run, |seed| seed.baseline.test_accuracy))),
    field("diff", &["difference"], "capped less baseline", Value::Share(|run| mean(run, |seed| seed.accuracy_difference))),
    field("saved", &["time-saved"], "training time saved", Value::Share(saved)),
    field("tag", &["tags"], "a tag", Value::Words(|run| run.notes.tags.iter().map(|tag| tag.as_str().into()).collect())),
    field("note", &["notes"], "words of the note", Value::Text(|run| run.notes.note.as_str().into())),
    field("last", &["age"], "made in the last 30m, 12h, 7d, 2w", Value::Age),
    field("date", &["made", "when"], "made on 2026-11-28, in 2026-11", Value::Date),
    field("cap", &[], "the cap in force", Value::Number(|run| Some(run.cap as f64))),
    field("cap.unit", &["unit"], "what it counts: convolutions, blocks", Value::Words(|run| vec![run.design.cap_unit.to_string().into()])),
    field("depth", &[], "convolutions of the capped network", Value::Number(|run| run.design.capped_depth.map(|depth| depth as f64))),
    field("seeds", &["seed"], "seeds asked for", Value::Number(|run| Some(run.seeds as f64))),
    field("epochs", &["epoch"], "epochs of the baseline", Value::Number(|run| Some(run.design.epochs as f64))),
    field("params", &["parameters"], "parameters of the capped network", Value::Number(|run| run.design.capped_parameters.map(|number| number as f64))),
    field("params.baseline", &[], "parameters of the baseline", Value::Number(|run| Some(run.design.baseline_parameters as f64))),
    field("reading", &[], "rule that gave the cap", Value::Text(|run| run.design.reading.as_str().into())),
    field("device", &[], "device it was trained on", Value::Text(|run| run.design.device.as_str().into())),
    field("name", &["run"], "name of its folder", Value::Text(|run| run.name.as_str().into())),
];

impl Field {
    /// The field of this name, in small or capital letters.
    pub(super) fn find(name: &str) -> Option<&'static Self> {
        let is = |known: &str| known.eq_ignore_ascii_case(name);
        FIELDS
            .iter()
            .find(|field| is(field.name) || field.also.iter().any(|also| is(also)))
    }

    /// Its texts, and whether they are words from a list; none of a number.
    pub(super) fn texts<'a>(&self, run: &'a RunListing) -> (Vec<Cow<'a, str>>, bool) {
        match self.value {
            Value::Text(text) => (vec![text(run)], false),
            Value::Words(words) => (words(run), true),
            _ => (Vec::new(), false),
        }
    }

    /// Its number, where it has one and that is known.
    pub(super) fn number(&self, run: &RunListing) -> Option<f64> {
        match self.value {
            Value::Share(number) | Value::Number(number) => number(run),
            _ => None,
        }
    }

    /// A value that can be typed, for a sentence.
    pub(super) fn example(&self) -> String {
        let value = match self.value {
            Value::Text(_) | Value::Words(_) => match self.name {
                "dataset" => ":mnist",
                "arch" => ":resnet-50",
                "verdict" => ":inconclusive",
                "status" => ":finished",
                "tag" => ":good",
                _ => ":word",
            },
            Value::Share(_) => ">20%",
            Value::Number(_) => ">5",
            Value::Age => ":7d",
            Value::Date => ">=2026-11-28",
        };
        format!("{}{value}", self.name)
    }
}

/// The texts in which a word without a field is searched.
pub(super) fn words(run: &RunListing) -> Vec<Cow<'_, str>> {
    let mut texts: Vec<Cow<'_, str>> = vec![
        run.name.as_str().into(),
        run.dataset.as_str().into(),
        run.architecture.as_str().into(),
        verdict_word(run).into(),
        run.notes.note.as_str().into(),
    ];
    texts.extend(run.notes.tags.iter().map(|tag| Cow::from(tag.as_str())));
    texts
}

/// A run's verdict in a word, or `unfinished`, or `diverged`.
#[must_use]
pub fn verdict_word(run: &RunListing) -> String {
    if let Some(word) = run.activity.short() {
        return word;
    }
    match (&run.summary, run.status) {
        (Some(summary), RunStatus::Finished) => summary.verdict.outcome.to_string(),
        (Some(_), RunStatus::Diverged) => "diverged".to_owned(),
        _ => "unfinished".to_owned(),
    }
}

/// A run's state in a word.
fn status_word(run: &RunListing) -> &'static str {
    match run.status {
        _ if run.activity.short().is_some() => run.activity.name(),
        RunStatus::Finished => "finished",
        RunStatus::Diverged => "diverged",
        RunStatus::Unfinished => "unfinished",
    }
}

fn mean(run: &RunListing, value: fn(&SeedResult) -> f64) -> Option<f64> {
    let seeds = &run.summary.as_ref()?.seeds;
    let values: Vec<f64> = seeds.iter().map(value).collect();
    Some(mean_interval(&values)?.mean)
}

fn saved(run: &RunListing) -> Option<f64> {
    Some(run.summary.as_ref()?.time_saved?.mean)
}
