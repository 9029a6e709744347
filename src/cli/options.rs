//! Options that commands share, and how they become settings.

use std::ffi::OsString;
use std::marker::PhantomData;
use std::path::PathBuf;

use clap::builder::{PathBufValueParser, TypedValueParser};
use clap::error::ErrorKind;
use clap::{Arg, ArgAction, ArgMatches, Args, FromArgMatches, value_parser};
use toml::Value;

use crate::dataset::Source;
use crate::dataset::places::at_home;
use crate::folders;
use crate::network::architecture_names;
use crate::run::settings::{self, Kind, Setting};
use crate::run::{Layer, Settings};

/// The environment variable that, set to anything, turns caches off.
const NO_CACHE_VARIABLE: &str = "EBCLE_NO_CACHE";

/// The dataset that a command names.
#[derive(Args, Debug)]
pub struct DatasetArgument {
    #[arg(help = Source::help())]
    pub dataset: String,
}

/// The dataset and the architecture that a command names.
#[derive(Args, Debug)]
pub struct PairArguments {
    #[arg(help = Source::help())]
    pub dataset: String,
    #[arg(help = format!("The baseline, the deepest network of a sweep: {}", architecture_names()))]
    pub architecture: String,
}

impl DatasetArgument {
    /// The layer that names it.
    pub fn layer(&self) -> Layer {
        Layer::default().with("dataset", self.dataset.clone())
    }
}

impl PairArguments {
    /// The layer that names both.
    pub fn layer(&self) -> Layer {
        let layer = Layer::default().with("dataset", self.dataset.clone());
        layer.with("architecture", self.architecture.clone())
    }
}

/// Options of every command.
#[derive(Args, Debug)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is an option of its own"
)]
pub struct Global {
    /// Print JSON on stdout (fractions, seconds, bits)
    #[arg(long, global = true)]
    pub json: bool,
    /// Say nothing on stderr but errors
    #[arg(long, short, global = true)]
    pub quiet: bool,
    /// Read settings from a file (keys as in configs/default.toml), in place of your own config file
    #[arg(long, value_name = "FILE", global = true, value_parser = path())]
    pub config: Option<PathBuf>,
    /// Read no config file (`config --path` prints the path of your own)
    #[arg(long, global = true, conflicts_with = "config")]
    pub no_config: bool,
    /// Use no cache of profiles, timed steps and GPU kernels (also where `EBCLE_NO_CACHE` is set)
    #[arg(long, global = true)]
    pub no_cache: bool,
}

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

/// Every option that sets something.
#[derive(Args, Debug, Default)]
pub struct Options {
    /// Which images.
    #[command(flatten)]
    pub data: DataOptions,
    /// Which reading.
    #[command(flatten)]
    pub reading: ReadingOptions,
    /// Which capped network.
    #[command(flatten)]
    pub capped: CappedOptions,
    /// How the pair is trained.
    #[command(flatten)]
    pub training: TrainingOptions,
    /// Where the run is kept.
    #[command(flatten)]
    pub out: OutOption,
}

impl Options {
    /// Writes the options that were given into `layer`.
    pub fn fill(&self, layer: &mut Layer) {
        self.data.fill(layer);
        self.reading.fill(layer);
        self.capped.fill(layer);
        self.training.fill(layer);
        self.out.fill(layer);
    }

    /// The settings of these options and of the dataset and architecture that a command names.
    ///
    /// # Errors
    /// One sentence on the first setting that cannot be used.
    pub fn settings_of(&self, pair: &PairArguments, global: &Global) -> anyhow::Result<Settings> {
        let mut layer = pair.layer();
        self.fill(&mut layer);
        global.resolve(layer, None)
    }

    /// The settings of these options over environment, config file, preset and defaults.
    ///
    /// # Errors
    /// One sentence on the first setting that cannot be used.
    pub fn settings(&self, global: &Global, preset: Option<Layer>) -> anyhow::Result<Settings> {
        let mut layer = Layer::default();
        self.fill(&mut layer);
        global.resolve(layer, preset)
    }
}

impl Global {
    /// Resolves the command's own `layer` over environment, config file, preset and defaults.
    ///
    /// # Errors
    /// One sentence on the first setting that cannot be used.
    pub fn resolve(&self, layer: Layer, preset: Option<Layer>) -> anyhow::Result<Settings> {
        self.resolve_with(layer, None, preset)
    }

    /// As [`resolve`](Self::resolve), with what the app `remembers` below a config file that is given and above the
    /// user's own.
    ///
    /// # Errors
    /// One sentence on the first setting that cannot be used.
    pub fn resolve_with(
        &self,
        layer: Layer,
        remembered: Option<Layer>,
        preset: Option<Layer>,
    ) -> anyhow::Result<Settings> {
        let mut layers = vec![layer, Layer::environment()?];
        if let Some(path) = &self.config {
            layers.push(Layer::read(path)?);
        }
        layers.extend(remembered);
        if let Some(path) = self.own_config() {
            layers.push(Layer::read(&path)?);
        }
        layers.extend(preset);
        let mut settings = Settings::resolve(&layers)?;
        settings.host.cache = self.cache("profiles");
        settings.host.config = self.config_file();
        Ok(settings)
    }

    /// The config file that is read: the one that is given, or else the user's own, where it is there.
    pub fn config_file(&self) -> Option<PathBuf> {
        self.config.clone().or_else(|| self.own_config())
    }

    /// The user's own config file, where it is there and to be read.
    fn own_config(&self) -> Option<PathBuf> {
        let is_read = self.config.is_none() && !self.no_config;
        own_config_path().filter(|path| is_read && path.exists())
    }

    /// The folder below which runs are, of which `runs` is the option.
    ///
    /// # Errors
    /// One sentence on the first setting that cannot be used.
    pub fn runs<C>(&self, runs: &Chosen<C>) -> anyhow::Result<PathBuf> {
        Ok(self.resolve(runs.given.clone(), None)?.out)
    }

    /// The folder `of` a cache, below the user's cache folder; none where caches are off.
    pub fn cache(&self, of: &str) -> Option<PathBuf> {
        let off = |value: OsString| !value.is_empty();
        if self.no_cache || std::env::var_os(NO_CACHE_VARIABLE).is_some_and(off) {
            return None;
        }
        Some(folders::cache()?.join(of))
    }
}

/// Where the user's own config file is; none without a home folder.
pub fn own_config_path() -> Option<PathBuf> {
    Some(folders::config()?.join("config.toml"))
}

/// Where the user's own keys of the app are; none without a home folder.
pub fn own_keys_path() -> Option<PathBuf> {
    Some(own_config_path()?.with_file_name("keys.toml"))
}

/// Reads a path, in which a leading `~` stands for the home folder.
pub fn path() -> impl TypedValueParser<Value = PathBuf> {
    PathBufValueParser::new().map(|path| at_home(&path))
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
