//! What Slurm is asked for: the table `[slurm]` of a grid's file, over which the options of the command line go.

use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::run::{Error, Settings, file, misread};
use crate::training::device;

/// Seconds before the end of a task's time, or of its grace, at which it is told to stop.
const GRACE: u32 = 120;

/// What Slurm is asked for. A class has the same keys and says which cells it is for.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct SlurmTable {
    /// Of a class: the dataset of its cells; of any where it is absent.
    pub dataset: Option<String>,
    /// Of a class: the architecture of its cells.
    pub architecture: Option<String>,
    /// Partition, or several with commas between.
    pub partition: Option<String>,
    /// Account that pays.
    pub account: Option<String>,
    /// GPUs of a task, such as `1` or `a100:1`.
    pub gpus: Option<Amount>,
    /// CPU cores of a task.
    pub cpus: Option<u32>,
    /// Memory of a task, such as `16G`.
    pub memory: Option<String>,
    /// Longest time of a task, such as `4:00:00`.
    pub time: Option<String>,
    /// Seconds before the end of its time at which a task is told to stop.
    pub grace: Option<u32>,
    /// Cells of a task, one after the other.
    pub pack: Option<usize>,
    /// Tasks that run at the same time, at most.
    pub max_tasks: Option<usize>,
    /// Seeds of a task: a cell of more is trained in parts beside each other. Without it, a cell is split that takes longer than
    /// its task may.
    pub seeds_per_task: Option<usize>,
    /// Lines of the job's script before the program, such as `module load cuda`.
    pub setup: Vec<String>,
    /// What starts ebcle-tui on a node, such as `apptainer exec --nv /images/ebcle.sif ebcle-tui`.
    pub program: Option<String>,
    /// Further options of sbatch, such as `--constraint=h100`.
    pub options: Vec<String>,
    /// Cells that need something else. The first class that fits a cell counts, over the keys above.
    pub classes: Vec<SlurmTable>,
}

/// What Slurm is asked for, and what starts ebcle-tui on a node.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SlurmRequest {
    /// The table of a file, over that of the config file.
    pub table: SlurmTable,
    /// The table of the config file alone.
    pub config: SlurmTable,
    /// The options of the command line, which win over it.
    pub above: SlurmTable,
    /// What starts ebcle-tui where neither says.
    pub program: String,
}

impl SlurmRequest {
    /// What a cell of these settings needs.
    #[must_use]
    pub fn needs(&self, settings: &Settings) -> SlurmTable {
        self.table.of(settings, &self.above)
    }

    /// How many seeds of a run of these settings a task trains, where they say so and it has more.
    #[must_use]
    pub fn seeds_of_task(&self, settings: &Settings) -> Option<usize> {
        let seeds = self.needs(settings).seeds_per_task?;
        (settings.looks.is_empty() && seeds < settings.recipe.seeds.len()).then_some(seeds)
    }

    /// What starts ebcle-tui, whatever the cell.
    #[must_use]
    pub fn own_program(&self) -> String {
        let given = self.above.program.as_ref().or(self.table.program.as_ref());
        given.unwrap_or(&self.program).clone()
    }
}

/// A number, or a text such as `a100:1`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Amount {
    /// A number.
    Number(u32),
    /// A text.
    Text(String),
}

impl std::fmt::Display for Amount {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Number(number) => number.fmt(formatter),
            Self::Text(text) => text.fmt(formatter),
        }
    }
}

impl SlurmTable {
    /// The table `[slurm]` of the config file `path`; an empty one where it has none.
    ///
    /// # Errors
    /// [`Error::Io`], or [`Error::Config`] with line and column.
    pub fn in_config(path: &Path) -> Result<Self, Error> {
        #[derive(Deserialize)]
        struct Alone {
            #[serde(default)]
            slurm: SlurmTable,
        }
        let text = file::read_text(path)?;
        let found: Alone = toml::from_str(&text).map_err(|error| misread(path, &text, &error))?;
        found.slurm.check(&path.display().to_string())?;
        Ok(found.slurm)
    }

    /// This one, and what it does not say from `below`, also its classes.
    #[must_use]
    pub fn over(self, below: &Self) -> Self {
        let or_list = |own: Vec<String>, below: &[String]| {
            if own.is_empty() { below.to_vec() } else { own }
        };
        Self {
            dataset: self.dataset,
            architecture: self.architecture,
            partition: self.partition.or_else(|| below.partition.clone()),
            account: self.account.or_else(|| below.account.clone()),
            gpus: self.gpus.or_else(|| below.gpus.clone()),
            cpus: self.cpus.or(below.cpus),
            memory: self.memory.or_else(|| below.memory.clone()),
            time: self.time.or_else(|| below.time.clone()),
            grace: self.grace.or(below.grace),
            pack: self.pack.or(below.pack),
            max_tasks: self.max_tasks.or(below.max_tasks),
            seeds_per_task: self.seeds_per_task.or(below.seeds_per_task),
            setup: or_list(self.setup, &below.setup),
            program: self.program.or_else(|| below.program.clone()),
            options: or_list(self.options, &below.options),
            classes: if self.classes.is_empty() {
                below.classes.clone()
            } else {
                self.classes
            },
        }
    }

    /// What a cell of these settings needs: the options `above` over the class that fits it over the table itself.
    #[must_use]
    pub fn of(&self, settings: &Settings, above: &Self) -> Self {
        let architecture = settings.architecture.to_string();
        let fits = |own: &Option<String>, is: &str| own.as_deref().is_none_or(|own| own == is);
        let class = self.classes.iter().find(|class| {
            fits(&class.dataset, &settings.dataset) && fits(&class.architecture, &architecture)
        });
        let below = match class {
            Some(class) => class.clone().over(self),
            None => Self::default().over(self),
        };
        let found = above.clone().over(&below);
        Self {
            dataset: None,
            architecture: None,
            classes: Vec::new(),
            ..found
        }
    }

    /// The kind of device on which a task trains that asks for `device`.
    #[must_use]
    pub fn kind_of_device<'a>(&self, device: &'a str) -> &'a str {
        let gpus = self.gpus.as_ref().map(ToString::to_string);
        match (gpus.as_deref(), device) {
            (None | Some("0"), "auto") => "cpu",
            (Some(_), "auto") => "cuda",
            (_, named) => device::kind(named),
        }
    }

    /// Seconds that a task may take; none without a limit.
    pub(super) fn limit(&self) -> Option<u64> {
        super::limit::seconds(self.time.as_deref()?)
    }

    /// Seconds before the end of its time at which a task is told to stop.
    #[must_use]
    pub fn grace_seconds(&self) -> u32 {
        self.grace.unwrap_or(GRACE)
    }

    /// Cells of a task.
    #[must_use]
    pub fn cells_of_task(&self) -> usize {
        self.pack.unwrap_or(1).max(1)
    }

    /// Checks what a script cannot hold. `place` names where it stands.
    ///
    /// # Errors
    /// [`Error::Setting`] on the first one.
    pub fn check(&self, place: &str) -> Result<(), Error> {
        self.check_as(place, "[slurm]", false)
    }

    fn check_as(&self, place: &str, table: &str, is_class: bool) -> Result<(), Error> {
        let wrong = |what: &str| Err(Error::Setting(format!("{place}: {table}: {what}")));
        let gpus = self.gpus.as_ref().map(ToString::to_string);
        let words = [
            ("partition", &self.partition),
            ("account", &self.account),
            ("gpus", &gpus),
            ("memory", &self.memory),
            ("time", &self.time),
        ];
        for (key, value) in words {
            let odd = |letter: char| {
                letter.is_whitespace() || letter.is_control() || "'\"\\`$;#".contains(letter)
            };
            if let Some(value) = value
                && (value.is_empty() || value.contains(odd))
            {
                return wrong(&format!(
                    "{key} = '{value}' must be one word, without quotes or any of \\ ` $ ; #"
                ));
            }
        }
        let lines = self.setup.iter().chain(&self.options).chain(&self.program);
        if let Some(line) = lines
            .into_iter()
            .find(|line| line.contains(['\n', '\r', '\0']))
        {
            return wrong(&format!("'{}' must be one line", line.escape_debug()));
        }
        if let Some(option) = self.options.iter().find(|option| !option.starts_with('-')) {
            return wrong(&format!(
                "options: '{option}' must begin with -, such as --constraint=h100"
            ));
        }
        let zeros = [
            ("cpus", self.cpus == Some(0)),
            ("pack", self.pack == Some(0)),
            ("max-tasks", self.max_tasks == Some(0)),
            ("seeds-per-task", self.seeds_per_task == Some(0)),
        ];
        if let Some((key, _)) = zeros.iter().find(|(_, is_zero)| *is_zero) {
            return wrong(&format!("{key} = 0: use at least 1"));
        }
        if !is_class && (self.dataset.is_some() || self.architecture.is_some()) {
            return wrong("dataset and architecture belong to a class: write [[slurm.classes]]");
        }
        if is_class && !self.classes.is_empty() {
            return wrong("a class has no classes of its own");
        }
        let mut classes = self.classes.iter();
        classes.try_for_each(|class| class.check_as(place, "[[slurm.classes]]", true))
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::run::Layer;

    fn table(text: &str) -> SlurmTable {
        toml::from_str(text).unwrap()
    }

    #[test]
    fn options_go_over_classes_and_these_over_the_table() {
        let file = table(
            "partition = 'gpu'\ngpus = 1\ntime = '1:00:00'\nsetup = ['module load cuda']\n[[classes]]\ndataset = 'glyphs'\ngpus = 'a100:2'\n[[classes]]\narchitecture = 'resnet-20'\ntime = '9:00:00'\n",
        );
        file.check("g.toml").unwrap();
        let settings = |dataset: &str| {
            let layer = Layer::default()
                .with("dataset", dataset)
                .with("architecture", "resnet-20");
            Settings::resolve(&[layer]).unwrap()
        };
        let none = SlurmTable::default();
        let first = file.of(&settings("glyphs"), &none);
        assert_eq!(first.gpus, Some(Amount::Text("a100:2".to_owned())));
        assert_eq!(first.time.as_deref(), Some("1:00:00"));
        assert_eq!(first.setup, ["module load cuda"]);
        let second = file.of(&settings("mnist"), &table("partition = 'fast'"));
        assert_eq!(second.gpus, Some(Amount::Number(1)));
        assert_eq!(second.time.as_deref(), Some("9:00:00"));
        assert_eq!(second.partition.as_deref(), Some("fast"));
        assert_eq!((second.grace_seconds(), second.cells_of_task()), (120, 1));
    }

    #[test]
    fn what_a_script_cannot_hold_is_refused() {
        for (text, expected) in [
            (
                "partition = 'a b'",
                "[slurm]: partition = 'a b' must be one word",
            ),
            ("time = ''", "time = '' must be one word"),
            ("setup = [\"a\\nb\"]", "'a\\nb' must be one line"),
            ("options = ['h100']", "options: 'h100' must begin with -"),
            ("pack = 0", "pack = 0: use at least 1"),
            ("dataset = 'mnist'", "belong to a class"),
            (
                "[[classes]]\nmax-tasks = 0",
                "[[slurm.classes]]: max-tasks = 0",
            ),
            (
                "[[classes]]\n[[classes.classes]]\n",
                "no classes of its own",
            ),
        ] {
            let said = table(text).check("g.toml").unwrap_err().to_string();
            assert!(
                said.starts_with("g.toml: ") && said.contains(expected),
                "{said}"
            );
        }
        assert!(toml::from_str::<SlurmTable>("partitoin = 'x'").is_err());
    }
}
