//! Options that follow from the settings: their names, help, values and headings.

use std::marker::PhantomData;
use std::path::PathBuf;

use clap::error::ErrorKind;
use clap::{Arg, ArgAction, ArgMatches, Args, FromArgMatches, value_parser};
use toml::Value;

use super::path;
use crate::run::Layer;
use crate::run::settings::{self, Kind, Setting};

/// Which settings are options of a command, and how.
pub trait Choice {
    /// Their heading in the help; none for the general one.
    const HEADING: Option<&'static str>;

    /// Whether this setting is one of them.
    fn takes(setting: &Setting) -> bool;

    /// The option, changed where it means something else in this command.
    #[must_use]
    fn adapt(option: Arg) -> Arg {
        option
    }
}

/// The options of a [`Choice`], and what was given of them.
#[derive(Debug)]
pub struct Chosen<C> {
    given: Layer,
    choice: PhantomData<C>,
}

impl<C> Default for Chosen<C> {
    fn default() -> Self {
        Self {
            given: Layer::default(),
            choice: PhantomData,
        }
    }
}

impl<C> Chosen<C> {
    /// Writes the options that were given into `layer`.
    pub fn fill(&self, layer: &mut Layer) {
        layer.extend(&self.given);
    }

    /// What was given.
    pub const fn given(&self) -> &Layer {
        &self.given
    }
}

/// Declares a choice: all options of a kind under a heading.
macro_rules! choices {
    ($($(#[$doc:meta])* $options:ident, $choice:ident: $of:expr, $heading:expr;)*) => {$(
        #[derive(Debug)]
        pub struct $choice;

        impl Choice for $choice {
            const HEADING: Option<&'static str> = $heading;

            fn takes(setting: &Setting) -> bool {
                setting.option.as_ref().is_some_and(|option| option.of == $of)
            }
        }

        $(#[$doc])*
        pub type $options = Chosen<$choice>;
    )*};
}

choices! {
    /// Which images.
    DataOptions, Data: settings::Options::Data, Some("Data");
    /// Which reading of the heuristic.
    ReadingOptions, Reading: settings::Options::Reading, Some("Depth");
    /// Which capped network.
    CappedOptions, Capped: settings::Options::Capped, Some("Depth");
    /// How the pair is trained.
    TrainingOptions, Training: settings::Options::Training, Some("Training");
    /// Where runs are.
    OutOption, Out: settings::Options::Out, None;
    /// How the app looks.
    AppOptions, App: settings::Options::App, None;
    /// What is done at the end of a training.
    EndOptions, End: settings::Options::End, None;
}

/// Where runs are looked for.
#[derive(Debug)]
pub struct Runs;

impl Choice for Runs {
    const HEADING: Option<&'static str> = None;

    fn takes(setting: &Setting) -> bool {
        setting.key == "out"
    }

    fn adapt(option: Arg) -> Arg {
        let option = option.alias(None).long("runs").alias("out");
        option.help("Folder below which runs are looked for [default: runs]")
    }
}

/// On which device, in how large batches weights are evaluated.
#[derive(Debug)]
pub struct Forward;

impl Choice for Forward {
    const HEADING: Option<&'static str> = None;

    fn takes(setting: &Setting) -> bool {
        matches!(setting.key, "device" | "batch-size")
    }

    fn adapt(option: Arg) -> Arg {
        match option.get_id().as_str() {
            "batch-size" => option.help("Images per forward pass [default: 128]"),
            _ => option,
        }
    }
}

impl<C: Choice> FromArgMatches for Chosen<C> {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        let mut chosen = Self::default();
        for setting in settings::all().filter(|setting| C::takes(setting)) {
            let given = given(setting, matches).map_err(|problem| {
                clap::Error::raw(ErrorKind::ValueValidation, format!("{problem}\n"))
            })?;
            if let Some(value) = given {
                chosen.given.set(setting, value);
            }
        }
        Ok(chosen)
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        self.given.extend(&Self::from_arg_matches(matches)?.given);
        Ok(())
    }
}

impl<C: Choice> Args for Chosen<C> {
    fn augment_args(command: clap::Command) -> clap::Command {
        let settings = settings::all().filter(|setting| C::takes(setting));
        command.args(settings.flat_map(|setting| {
            let options = options(setting).into_iter().map(C::adapt);
            options.map(|option| option.help_heading(C::HEADING))
        }))
    }

    fn augment_args_for_update(command: clap::Command) -> clap::Command {
        Self::augment_args(command)
    }
}

/// The options of a setting: one of its name, and `--seed` for one seed.
fn options(setting: &'static Setting) -> Vec<Arg> {
    let Some(flag) = &setting.option else {
        return Vec::new();
    };
    let option = Arg::new(setting.key)
        .long(setting.key)
        .value_name(flag.value_name)
        .help(flag.help)
        .alias(flag.alias);
    let option = match flag.alone {
        Some(word) => option.num_args(0..=1).default_missing_value(word),
        None => option,
    };
    match setting.kind {
        Kind::Whole(_) => vec![option.value_parser(value_parser!(usize))],
        Kind::Number => vec![option.value_parser(value_parser!(f64))],
        Kind::Truth => vec![option.value_parser(value_parser!(bool))],
        Kind::Path | Kind::Paths => vec![option.value_parser(path())],
        Kind::Sides => vec![option.value_parser(sides)],
        Kind::Seeds => vec![
            Arg::new("seed")
                .long("seed")
                .value_name("N")
                .help("One seed")
                .value_parser(value_parser!(u64))
                .conflicts_with(setting.key),
            option,
        ],
        Kind::Transforms => vec![option.action(ArgAction::Append)],
        Kind::Text | Kind::Share | Kind::Counts | Kind::Choice(_) | Kind::Readings => vec![option],
    }
}

/// What was given of a setting, as a config file has it.
fn given(setting: &Setting, matches: &ArgMatches) -> Result<Option<Value>, String> {
    let key = setting.key;
    let whole = |number: usize, most: u64| match i64::try_from(number) {
        Ok(number) => Ok(Value::Integer(number)),
        Err(_) => Err(format!("{key} {number} is too large: use at most {most}")),
    };
    let value = match setting.kind {
        Kind::Whole(_) => matches
            .get_one::<usize>(key)
            .map(|&number| whole(number, i64::MAX as u64)),
        Kind::Number => matches.get_one(key).map(|&number| Ok(Value::Float(number))),
        Kind::Truth => matches.get_one(key).map(|&truth| Ok(Value::Boolean(truth))),
        Kind::Path | Kind::Paths => matches.get_one::<PathBuf>(key).map(|path| {
            let text = path.to_str().map(|text| Value::String(text.to_owned()));
            text.ok_or_else(|| format!("{key}: {} is not valid UTF-8", path.display()))
        }),
        Kind::Sides => matches.get_one::<[usize; 2]>(key).map(|sides| {
            let sides = sides.map(|side| whole(side, settings::MAX_SIDE as u64));
            sides
                .into_iter()
                .collect::<Result<_, _>>()
                .map(Value::Array)
        }),
        Kind::Seeds => match (
            matches.get_one::<String>(key),
            matches.get_one::<u64>("seed"),
        ) {
            (Some(list), _) => Some(setting.kind.parse(list)),
            (None, seed) => seed.map(|seed| setting.kind.parse(&seed.to_string())),
        },
        Kind::Transforms => matches.get_many::<String>(key).map(|texts| {
            let texts = texts.map(|text| Value::String(text.clone()));
            Ok(Value::Array(texts.collect()))
        }),
        Kind::Share | Kind::Counts => matches
            .get_one::<String>(key)
            .map(|text| setting.kind.parse(text)),
        Kind::Text | Kind::Choice(_) | Kind::Readings => matches
            .get_one::<String>(key)
            .map(|text| Ok(Value::String(text.clone()))),
    };
    value.transpose()
}

/// Reads a height and a width, such as `32x32`.
fn sides(text: &str) -> Result<[usize; 2], String> {
    let wrong = || format!("'{text}' is no size: write HEIGHTxWIDTH, such as 32x32");
    let (height, width) = text.split_once('x').ok_or_else(wrong)?;
    let side = |text: &str| text.parse::<usize>().ok().filter(|&side| side > 0);
    Ok([
        side(height).ok_or_else(wrong)?,
        side(width).ok_or_else(wrong)?,
    ])
}
