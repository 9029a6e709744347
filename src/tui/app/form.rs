//! The settings of a training, edited in place and checked as they are typed.

use super::cycle::around;
use super::text::Field;
use crate::run::{Automatic, Settings, parse_seeds};
use crate::training::device::DeviceInfo;

/// A line of the form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Setting {
    /// Passes over the training images.
    Epochs,
    /// Images per step.
    BatchSize,
    /// Peak learning rate.
    LearningRate,
    /// Epochs of linear warm-up.
    Warmup,
    /// Nesterov momentum.
    Momentum,
    /// L2 penalty.
    WeightDecay,
    /// Augmentation.
    Augment,
    /// Whether images are mirrored.
    Mirror,
    /// Seeds.
    Seeds,
    /// Training images to keep.
    Limit,
    /// The reading that gives the cap.
    Reading,
    /// The device.
    Device,
    /// Non-inferiority margin.
    Margin,
    /// The launch.
    Launch,
}

impl Setting {
    /// All lines, in order.
    pub const ALL: [Self; 14] = [
        Self::Epochs,
        Self::BatchSize,
        Self::LearningRate,
        Self::Warmup,
        Self::Momentum,
        Self::WeightDecay,
        Self::Augment,
        Self::Mirror,
        Self::Seeds,
        Self::Limit,
        Self::Reading,
        Self::Device,
        Self::Margin,
        Self::Launch,
    ];

    /// Its name.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Epochs => "epochs",
            Self::BatchSize => "batch size",
            Self::LearningRate => "learning rate",
            Self::Warmup => "warm-up",
            Self::Momentum => "momentum",
            Self::WeightDecay => "weight decay",
            Self::Augment => "augment",
            Self::Mirror => "mirror",
            Self::Seeds => "seeds",
            Self::Limit => "image limit",
            Self::Reading => "reading",
            Self::Device => "device",
            Self::Margin => "margin",
            Self::Launch => "start the training",
        }
    }

    /// Its unit, or what can be typed.
    #[must_use]
    pub const fn unit(self) -> &'static str {
        match self {
            Self::Epochs => "passes",
            Self::BatchSize => "images a step",
            Self::LearningRate => "at its peak",
            Self::Warmup => "epochs",
            Self::Momentum => "Nesterov",
            Self::WeightDecay => "on weights",
            Self::Augment => "random crop",
            Self::Mirror => "auto, on, off",
            Self::Seeds => "1,2,3 or 1..5",
            Self::Limit => "images, or all",
            Self::Reading => "gives the cap",
            Self::Device => "auto, cpu, …",
            Self::Margin => "points",
            Self::Launch => "",
        }
    }

    /// Its unit in a word, beside which there is room for more.
    #[must_use]
    pub const fn short_unit(self) -> &'static str {
        match self {
            Self::BatchSize => "a step",
            Self::LearningRate => "peak",
            other => other.unit(),
        }
    }

    /// Whether it is chosen with arrows rather than typed.
    #[must_use]
    pub const fn is_choice(self) -> bool {
        matches!(
            self,
            Self::Augment | Self::Mirror | Self::Reading | Self::Device
        )
    }

    /// Whether the images decide it, since nobody gave it.
    #[must_use]
    pub const fn is_automatic(self, settings: &Settings) -> bool {
        let automatic = settings.automatic;
        match self {
            Self::Epochs => automatic.epochs,
            Self::BatchSize => automatic.batch_size,
            Self::LearningRate => automatic.learning_rate,
            Self::Warmup => automatic.warmup_epochs,
            _ => false,
        }
    }

    /// What says in `automatic` whether the images decide it, of a setting of which they may.
    const fn automatic(self, automatic: &mut Automatic) -> Option<&mut bool> {
        match self {
            Self::Epochs => Some(&mut automatic.epochs),
            Self::BatchSize => Some(&mut automatic.batch_size),
            Self::LearningRate => Some(&mut automatic.learning_rate),
            Self::Warmup => Some(&mut automatic.warmup_epochs),
            _ => None,
        }
    }

    /// Its value as text.
    #[must_use]
    pub fn text(self, settings: &Settings) -> String {
        let recipe = &settings.recipe;
        match self {
            Self::Epochs => recipe.epochs.to_string(),
            Self::BatchSize => recipe.batch_size.to_string(),
            Self::LearningRate => recipe.learning_rate.to_string(),
            Self::Warmup => recipe.warmup_epochs.to_string(),
            Self::Momentum => recipe.momentum.to_string(),
            Self::WeightDecay => recipe.weight_decay.to_string(),
            Self::Augment => if recipe.augment { "yes" } else { "no" }.to_owned(),
            Self::Mirror => recipe.mirror.to_string(),
            Self::Seeds => show_seeds(&recipe.seeds),
            Self::Limit => settings
                .limit
                .map_or_else(|| "all".to_owned(), |limit| limit.to_string()),
            Self::Reading => settings.reading.to_string(),
            Self::Device => settings.device.clone(),
            Self::Margin => ((settings.margin * 1e8).round() / 1e6).to_string(),
            Self::Launch => String::new(),
        }
    }

    /// `settings` with this line set to `text`.
    ///
    /// # Errors
    /// One sentence on what is wrong with the text, or with the recipe it leads to on `train_images` images.
    pub fn set(
        self,
        settings: &Settings,
        text: &str,
        train_images: Option<usize>,
    ) -> Result<Settings, String> {
        let mut new = settings.clone();
        let text = text.trim();
        let whole = || {
            text.replace(['_', ','], "")
                .parse::<usize>()
                .map_err(|_| format!("'{text}' is not a whole number: type digits"))
        };
        let number = || {
            text.parse::<f64>()
                .map_err(|_| format!("'{text}' is not a number: type one such as 0.1"))
        };
        let by_images = matches!(text, "" | "auto");
        if let Some(automatic) = self.automatic(&mut new.automatic) {
            // An untouched value stays as it was.
            if by_images || text != self.text(settings) {
                *automatic = by_images;
            }
            if by_images {
                return Ok(new);
            }
        }
        match self {
            Self::Epochs => new.recipe.epochs = whole()?,
            Self::BatchSize => new.recipe.batch_size = whole()?,
            Self::LearningRate => new.recipe.learning_rate = number()?,
            Self::Warmup => new.recipe.warmup_epochs = number()?,
            Self::Momentum => new.recipe.momentum = number()?,
            Self::WeightDecay => new.recipe.weight_decay = number()?,
            Self::Augment => {
                new.recipe.augment = match text {
                    "yes" => true,
                    "no" => false,
                    _ => return Err("augment is yes or no".to_owned()),
                }
            }
            Self::Mirror => new.recipe.mirror = text.parse()?,
            Self::Seeds => {
                new.recipe.seeds = parse_seeds(text).map_err(|error| error.to_string())?;
            }
            Self::Limit if text.is_empty() || text == "all" => new.limit = None,
            Self::Limit => match whole()? {
                0 => return Err("the limit must be at least 1, or all".to_owned()),
                limit => new.limit = Some(limit),
            },
            Self::Reading => {
                let own = settings.readings.rules();
                let named = own.into_iter().find(|rule| rule.name() == text);
                new.reading = match named {
                    Some(rule) => rule,
                    None => text
                        .parse()
                        .map_err(|error: crate::depth::Error| error.to_string())?,
                };
            }
            Self::Device => text.clone_into(&mut new.device),
            Self::Margin => {
                let points = number()?;
                if !(points > 0.0 && points < 100.0) {
                    return Err(format!(
                        "the margin must be above 0 and below 100 points, not {text}"
                    ));
                }
                new.margin = points / 100.0;
            }
            Self::Launch => {}
        }
        let images = match (self, new.limit, train_images) {
            (Self::Limit, Some(limit), _) => limit,
            (Self::Limit, None, _) | (_, _, None) => usize::MAX,
            (_, _, Some(images)) => images,
        };
        new.recipe
            .check(images)
            .map_err(|error| error.to_string())?;
        Ok(new)
    }
}

/// The form's own state: which line has the focus, and what is being typed.
#[derive(Clone, Debug, Default)]
pub struct Form {
    /// Index into [`Setting::ALL`].
    pub focus: usize,
    /// The text that is being typed into the focused line.
    pub field: Option<Field>,
}

impl Form {
    /// A form with the focus on the launch.
    #[must_use]
    pub fn new() -> Self {
        Self {
            focus: Setting::ALL.len() - 1,
            field: None,
        }
    }

    /// The focused line.
    #[must_use]
    pub fn setting(&self) -> Setting {
        Setting::ALL[self.focus.min(Setting::ALL.len() - 1)]
    }

    /// Moves the focus by `step` lines, around the ends.
    pub fn step(&mut self, step: isize) {
        self.focus = around(self.focus, step, Setting::ALL.len());
    }
}

/// The device after (or before) `current` among `auto` and the usable ones.
#[must_use]
pub fn next_device(devices: &[DeviceInfo], current: &str, forward: bool) -> String {
    let mut names = vec!["auto"];
    names.extend(
        devices
            .iter()
            .filter(|device| device.usable)
            .map(|device| device.name.as_str()),
    );
    let count = names.len();
    let at = names.iter().position(|name| *name == current).unwrap_or(0);
    names[(at + if forward { 1 } else { count - 1 }) % count].to_owned()
}

/// Seeds as they are typed: `1..5` for three or more in a row.
#[must_use]
pub fn show_seeds(seeds: &[u64]) -> String {
    let mut parts: Vec<String> = Vec::new();
    let mut rest = seeds;
    while let Some(&first) = rest.first() {
        let row = rest
            .iter()
            .zip(0_u64..)
            .take_while(|(seed, offset)| **seed == first.wrapping_add(*offset))
            .count();
        if row > 2 {
            parts.push(format!("{first}..{}", rest[row - 1]));
            rest = &rest[row..];
        } else {
            parts.push(first.to_string());
            rest = &rest[1..];
        }
    }
    parts.join(",")
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::tui::fixtures;

    #[test]
    fn seeds_are_shown_as_they_are_read() {
        for seeds in [vec![1, 2, 3, 4, 5], vec![7, 1, 2, 3], vec![1, 2], vec![9]] {
            let text = show_seeds(&seeds);
            assert_eq!(parse_seeds(&text).ok(), Some(seeds), "{text}");
        }
        assert_eq!(show_seeds(&[7, 1, 2, 3]), "7,1..3");
        assert_eq!(show_seeds(&[1, 2]), "1,2");
    }

    #[test]
    fn every_line_shows_what_it_was_set_to() {
        let settings = fixtures::settings();
        for setting in Setting::ALL {
            let text = setting.text(&settings);
            assert_eq!(
                setting.set(&settings, &text, Some(60_000)),
                Ok(settings.clone()),
                "{setting:?}"
            );
        }
    }

    #[test]
    fn a_number_that_is_typed_is_no_longer_automatic_until_auto_is() {
        let settings = Settings::resolve(&[]).unwrap();
        assert!(Setting::Epochs.is_automatic(&settings));
        let same = Setting::Epochs.set(&settings, "30", Some(60_000)).unwrap();
        assert_eq!(same, settings);
        let typed = Setting::Epochs.set(&settings, "7", Some(60_000)).unwrap();
        assert_eq!(typed.recipe.epochs, 7);
        assert!(!Setting::Epochs.is_automatic(&typed) && Setting::BatchSize.is_automatic(&typed));
        let again = Setting::Epochs.set(&typed, "auto", Some(60_000)).unwrap();
        assert!(Setting::Epochs.is_automatic(&again));
    }

    #[test]
    fn what_is_wrong_is_one_sentence() {
        let settings = fixtures::settings();
        let wrong =
            |setting: Setting, text: &str| setting.set(&settings, text, Some(4_000)).unwrap_err();
        assert_eq!(wrong(Setting::Epochs, "0"), "epochs must be at least 1");
        assert_eq!(
            wrong(Setting::Epochs, "ten"),
            "'ten' is not a whole number: type digits"
        );
        assert_eq!(
            wrong(Setting::BatchSize, "5000"),
            "batch size 5000 is larger than the 4000 training images: use at most 4000"
        );
        assert_eq!(
            wrong(Setting::Margin, "0"),
            "the margin must be above 0 and below 100 points, not 0"
        );
        assert_eq!(
            wrong(Setting::Limit, "0"),
            "the limit must be at least 1, or all"
        );
    }

    #[test]
    fn only_usable_devices_are_offered() {
        let devices = fixtures::devices();
        assert_eq!(next_device(&devices, "auto", true), "cpu");
        assert_eq!(next_device(&devices, "cpu", true), "auto");
        assert_eq!(next_device(&devices, "auto", false), "cpu");
    }
}
