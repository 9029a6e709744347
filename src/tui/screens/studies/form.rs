//! The form of a new study: its kind, and what that needs besides the settings of the other screens.

use std::path::Path;

use super::Doing;
use crate::dataset::Source;
use crate::dataset::places::expanded;
use crate::run::Settings;
use crate::study::sweep::{Question, check_depths};
use crate::study::{Asked, Kind};
use crate::tui::app::around;
use crate::tui::app::text::Field;

/// A line of the form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Line {
    Kind,
    Budget,
    Depths,
    WrongCap,
    Variants,
    File,
    Price,
    Start,
}

impl Line {
    pub const fn label(self) -> &'static str {
        match self {
            Self::Kind => "kind",
            Self::Budget => "budget",
            Self::Depths => "depths",
            Self::WrongCap => "wrong cap",
            Self::Variants => "variants",
            Self::File => "file",
            Self::Price => "find its price",
            Self::Start => "start it",
        }
    }

    /// What can be typed or chosen, and what is used where nothing is typed.
    pub const fn hint(self) -> &'static str {
        match self {
            Self::Kind => "recommend, sweep or grid",
            Self::Budget => "time it may take, such as 90s, 10m or 1h30m",
            Self::Depths => "convolutions, such as 7,13,19; empty: about five",
            Self::WrongCap => "dataset or number; empty: the glyphs whose cap differs most",
            Self::Variants => "the three glyphs, whose entropy differs",
            Self::File => "the grid's, such as configs/desk.toml",
            Self::Price => "p: minutes and disk, from timed steps",
            Self::Start => "s: trains every run of it",
        }
    }

    const fn is_typed(self) -> bool {
        matches!(
            self,
            Self::Budget | Self::Depths | Self::WrongCap | Self::File
        )
    }
}

/// What a study costs.
#[derive(Clone, Debug, PartialEq)]
pub struct Priced {
    /// Its parts: name, time, disk.
    pub rows: Vec<[String; 3]>,
    /// All of it in a sentence.
    pub sentence: String,
    /// Seconds in all.
    pub seconds: f64,
}

/// The form.
#[derive(Clone, Debug)]
pub struct StudyForm {
    pub kind: Kind,
    /// Place among [`StudyForm::lines`].
    focus: usize,
    budget: String,
    depths: String,
    wrong_cap: String,
    pub variants: bool,
    file: String,
    /// The text that is being typed.
    pub field: Option<Field>,
    /// What is wrong with the study, one sentence.
    pub error: Option<String>,
    /// The study whose price is being found.
    pub pricing: Option<Asked>,
    pub doing: Option<Doing>,
    /// What was said last while the price is found.
    pub said: Option<String>,
    /// A study and what it costs.
    pub priced: Option<(Asked, Priced)>,
}

impl Default for StudyForm {
    fn default() -> Self {
        Self {
            kind: Kind::Recommend,
            focus: 0,
            budget: "10m".to_owned(),
            depths: String::new(),
            wrong_cap: String::new(),
            variants: true,
            file: "configs/desk.toml".to_owned(),
            field: None,
            error: None,
            pricing: None,
            doing: None,
            said: None,
            priced: None,
        }
    }
}

impl StudyForm {
    /// The lines of its kind.
    pub fn lines(&self, settings: &Settings) -> Vec<Line> {
        let own: &[Line] = match self.kind {
            Kind::Sweep if has_variants(settings) => {
                &[Line::Depths, Line::WrongCap, Line::Variants]
            }
            Kind::Sweep => &[Line::Depths, Line::WrongCap],
            Kind::Grid => &[Line::File],
            Kind::Recommend | Kind::Probe => &[Line::Budget],
        };
        let mut lines = vec![Line::Kind];
        lines.extend(own);
        lines.extend([Line::Price, Line::Start]);
        lines
    }

    /// The focused line.
    pub fn line(&self, settings: &Settings) -> Line {
        let lines = self.lines(settings);
        lines[self.focus.min(lines.len() - 1)]
    }

    /// Gives a line the focus by its place.
    pub fn focus_line(&mut self, at: usize, settings: &Settings) {
        self.focus = at.min(self.lines(settings).len() - 1);
    }

    /// Moves the focus, around the ends.
    pub fn step(&mut self, step: isize, settings: &Settings) {
        let lines = self.lines(settings).len();
        self.focus = around(self.focus.min(lines - 1), step, lines);
    }

    /// The text of a line.
    pub fn text(&self, line: Line) -> &str {
        match line {
            Line::Kind => self.kind.name(),
            Line::Budget => &self.budget,
            Line::Depths => &self.depths,
            Line::WrongCap => &self.wrong_cap,
            Line::Variants if self.variants => "yes",
            Line::Variants => "no",
            Line::File => &self.file,
            Line::Price | Line::Start => "",
        }
    }

    /// Goes to the next choice of a line that has choices.
    pub fn choose(&mut self, line: Line, step: isize) {
        const KINDS: [Kind; 3] = [Kind::Recommend, Kind::Sweep, Kind::Grid];
        match line {
            Line::Kind => {
                let at = KINDS.iter().position(|kind| *kind == self.kind);
                self.kind = KINDS[around(at.unwrap_or(0), step, KINDS.len())];
            }
            Line::Variants => self.variants = !self.variants,
            _ => return,
        }
        self.error = None;
    }

    /// Opens the field of a line that is typed.
    pub fn edit(&mut self, line: Line) {
        if line.is_typed() {
            self.field = Some(Field::new(self.text(line)));
        }
    }

    /// Takes what is typed, if it can be used.
    pub fn accept(&mut self, line: Line, settings: &Settings) {
        let Some(field) = &mut self.field else {
            return;
        };
        let text = field.text().to_owned();
        let checked = match line {
            Line::Budget => budget(&text).map(drop),
            Line::Depths => depths(&text, settings).map(drop),
            Line::WrongCap => wrong_cap(&text).map(drop),
            _ => Ok(()),
        };
        if let Err(sentence) = checked {
            field.error = Some(sentence);
            return;
        }
        let place = match line {
            Line::Budget => &mut self.budget,
            Line::Depths => &mut self.depths,
            Line::WrongCap => &mut self.wrong_cap,
            _ => &mut self.file,
        };
        *place = text;
        self.field = None;
        self.error = None;
    }

    /// The study that it describes, with the settings of the other screens.
    ///
    /// # Errors
    /// One sentence on what cannot be used.
    pub fn asked(&self, settings: &Settings, home: Option<&Path>) -> Result<Asked, String> {
        let own = settings.clone();
        match self.kind {
            Kind::Sweep => Ok(Asked::sweep(
                own,
                Question {
                    depths: depths(&self.depths, settings)?,
                    wrong_cap: wrong_cap(&self.wrong_cap)?,
                    no_variants: !self.variants,
                },
            )),
            Kind::Grid if self.file.is_empty() => {
                Err("type the file that describes the grid".to_owned())
            }
            Kind::Grid => Ok(Asked::Grid {
                file: expanded(Path::new(&self.file), home),
                settings: Box::new(own),
                name: None,
            }),
            Kind::Recommend | Kind::Probe => Ok(Asked::recommend(own, budget(&self.budget)?)),
        }
    }
}

/// Whether the dataset has variants that a sweep trains beside it.
fn has_variants(settings: &Settings) -> bool {
    let source = settings.dataset.parse::<Source>();
    source.is_ok_and(|source| !source.variants().is_empty())
}

fn budget(text: &str) -> Result<crate::study::recommend::Budget, String> {
    text.parse().map_err(said)
}

fn depths(text: &str, settings: &Settings) -> Result<Option<Vec<usize>>, String> {
    if text.is_empty() {
        return Ok(None);
    }
    let parts = text.split([',', ' ']).filter(|part| !part.is_empty());
    let depths = parts.map(|part| {
        part.parse()
            .map_err(|_| format!("'{part}' is no depth: write numbers, such as 7,13,19"))
    });
    let depths: Vec<usize> = depths.collect::<Result<_, _>>()?;
    check_depths(&depths, settings.architecture).map_err(said)?;
    Ok(Some(depths))
}

fn wrong_cap(text: &str) -> Result<Option<crate::study::sweep::WrongCap>, String> {
    if text.is_empty() {
        return Ok(None);
    }
    text.parse().map(Some).map_err(said)
}

#[expect(clippy::needless_pass_by_value, reason = "it is given to `map_err`")]
fn said(error: crate::run::Error) -> String {
    error.to_string()
}
