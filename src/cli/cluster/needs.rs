//! The options that say what Slurm is asked for.

use clap::Args;

use crate::cli::options::Global;
use crate::cli::output;
use crate::messages::quoted;
use crate::study::cluster::{Amount, SlurmRequest, SlurmTable, Submission, this_program};

/// What Slurm is asked for, over the table `[slurm]` of a file.
#[derive(Args, Debug, Default, PartialEq)]
#[command(next_help_heading = "On other machines")]
pub struct Needs {
    /// What starts ebcle-tui there [default: this program's own file]
    #[arg(long, value_name = "COMMAND")]
    program: Option<String>,
    /// Partition
    #[arg(long, value_name = "NAME")]
    partition: Option<String>,
    /// Account that pays
    #[arg(long, value_name = "NAME")]
    account: Option<String>,
    /// GPUs of a task, such as 1 or a100:1
    #[arg(long, value_name = "GPUS")]
    gpus: Option<String>,
    /// CPU cores of a task
    #[arg(long, value_name = "N")]
    cpus: Option<u32>,
    /// Memory of a task, such as 16G
    #[arg(long, value_name = "SIZE")]
    memory: Option<String>,
    /// Longest time of a task, such as 4:00:00
    #[arg(long, value_name = "TIME")]
    time: Option<String>,
    /// Runs of a task, one after the other [default: 1]
    #[arg(long, value_name = "N")]
    pack: Option<usize>,
    /// Tasks that run at the same time, at most
    #[arg(long, value_name = "N")]
    max_tasks: Option<usize>,
    /// Seeds of a task: a run of more is trained in parts beside each other [default: all, or as many as fit into --time]
    #[arg(long, value_name = "N")]
    seeds_per_task: Option<usize>,
}

impl Needs {
    /// What is asked for: these options over the table `[slurm]` of a study's file, and that over the config file's.
    ///
    /// # Errors
    /// Where an option or the config file says what a script cannot hold.
    pub fn request(&self, of_file: SlurmTable, global: &Global) -> anyhow::Result<SlurmRequest> {
        let config = match global.config_file() {
            Some(path) => SlurmTable::in_config(&path)?,
            None => SlurmTable::default(),
        };
        self.over(of_file, config)
    }

    /// As [`request`](Self::request), where what these options and `--config` do not say is as it was when `kept` was submitted;
    /// says what is taken up.
    ///
    /// # Errors
    /// As [`request`](Self::request).
    pub fn request_again(
        &self,
        of_file: SlurmTable,
        kept: &Submission,
        global: &Global,
    ) -> anyhow::Result<SlurmRequest> {
        let config = match &global.config {
            Some(path) => SlurmTable::in_config(path)?,
            None => kept.config.clone(),
        };
        let mut request = self.over(of_file, config)?;
        request.above = request.above.over(&kept.needs);
        let taken = Self::taken_up(&self.table(), &kept.needs);
        if !taken.is_empty() {
            let taken = taken.join(" ");
            output::say(global, &format!("as at the last submission: {taken}"));
        }
        Ok(request)
    }

    fn over(&self, of_file: SlurmTable, config: SlurmTable) -> anyhow::Result<SlurmRequest> {
        let above = self.table();
        above.check("command line")?;
        Ok(SlurmRequest {
            table: of_file.over(&config),
            config,
            above,
            program: this_program()?,
        })
    }

    fn table(&self) -> SlurmTable {
        SlurmTable {
            partition: self.partition.clone(),
            account: self.account.clone(),
            gpus: self.gpus.clone().map(Amount::Text),
            cpus: self.cpus,
            memory: self.memory.clone(),
            time: self.time.clone(),
            pack: self.pack,
            max_tasks: self.max_tasks,
            seeds_per_task: self.seeds_per_task,
            program: self.program.clone(),
            ..SlurmTable::default()
        }
    }

    /// The options of `kept` that `given` does not have.
    fn taken_up(given: &SlurmTable, kept: &SlurmTable) -> Vec<String> {
        let options = |table: &SlurmTable| {
            let number = |number: Option<usize>| number.map(|number| number.to_string());
            [
                ("--partition", table.partition.clone()),
                ("--account", table.account.clone()),
                ("--gpus", table.gpus.as_ref().map(Amount::to_string)),
                ("--cpus", table.cpus.map(|cpus| cpus.to_string())),
                ("--memory", table.memory.clone()),
                ("--time", table.time.clone()),
                ("--pack", number(table.pack)),
                ("--max-tasks", number(table.max_tasks)),
                ("--seeds-per-task", number(table.seeds_per_task)),
                ("--program", table.program.as_deref().map(quoted)),
            ]
        };
        let pairs = options(given).into_iter().zip(options(kept));
        pairs
            .filter(|((_, given), _)| given.is_none())
            .filter_map(|(_, (name, kept))| Some(format!("{name} {}", kept?)))
            .collect()
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_given_again_is_as_at_the_last_submission() {
        let global = Global {
            json: false,
            quiet: true,
            config: None,
            no_config: true,
            no_cache: true,
        };
        let first = Needs {
            partition: Some("gpu".to_owned()),
            gpus: Some("a100:1".to_owned()),
            time: Some("4:00:00".to_owned()),
            program: Some("apptainer exec ebcle".to_owned()),
            ..Needs::default()
        };
        let config: SlurmTable = toml::from_str("account = 'vision'\ncpus = 2").unwrap();
        let mut kept = Submission::of([]);
        (kept.needs, kept.config) = (first.table(), config);
        let again = Needs {
            time: Some("9:00:00".to_owned()),
            ..Needs::default()
        };
        let of_file: SlurmTable = toml::from_str("cpus = 8").unwrap();
        let request = again.request_again(of_file, &kept, &global).unwrap();
        let expected = SlurmTable {
            time: Some("9:00:00".to_owned()),
            ..first.table()
        };
        assert_eq!(request.above, expected);
        assert_eq!(request.table.account.as_deref(), Some("vision"));
        assert_eq!(request.table.cpus, Some(8), "the file wins over the config");
        assert_eq!(
            Needs::taken_up(&again.table(), &kept.needs),
            [
                "--partition gpu",
                "--gpus a100:1",
                "--program 'apptainer exec ebcle'"
            ]
        );
    }
}
