//! The script of an array job.

use super::SlurmTable;
use crate::messages::quoted;

/// An array job.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Array {
    /// Its name in Slurm.
    pub name: String,
    /// What it asks Slurm for.
    pub needs: SlurmTable,
    /// Number of its tasks.
    pub tasks: usize,
    /// The file with the folder of a cell on each line, absolute.
    pub cells: String,
    /// What starts ebcle-tui on a node, as the shell reads it.
    pub program: String,
}

/// The script. Slurm tells a task that it has to stop, at the end of its time or because another job preempts it, by
/// SIGTERM; the script passes it on, the program stops within a step and keeps all finished epochs, and the task goes back
/// into the queue.
pub(super) fn script(array: &Array) -> String {
    let needs = &array.needs;
    let at_once = needs
        .max_tasks
        .map_or_else(String::new, |most| format!("%{most}"));
    let mut text = String::from("#!/bin/bash\n");
    let mut ask = |option: &str, value: &str| {
        text.push_str("#SBATCH ");
        text.push_str(option);
        text.push_str(value);
        text.push('\n');
    };
    ask("--job-name=", &array.name);
    ask("--array=", &format!("0-{}{at_once}", array.tasks - 1));
    ask("--output=", "%A_%a.log");
    ask("--open-mode=", "append");
    ask("--requeue", "");
    ask("--signal=", &format!("B:TERM@{}", needs.grace_seconds()));
    let gpus = needs.gpus.as_ref().map(|gpus| format!("gpu:{gpus}"));
    let cpus = needs.cpus.map(|cpus| cpus.to_string());
    for (option, value) in [
        ("--partition=", &needs.partition),
        ("--account=", &needs.account),
        ("--gres=", &gpus.filter(|gpus| gpus != "gpu:0")),
        ("--cpus-per-task=", &cpus),
        ("--mem=", &needs.memory),
        ("--time=", &needs.time),
    ] {
        if let Some(value) = value {
            ask(option, value);
        }
    }
    for option in &needs.options {
        ask(option, "");
    }
    let pack = needs.cells_of_task();
    let mut setup = needs.setup.join("\n");
    if !setup.is_empty() {
        setup.push('\n');
    }
    let Array { cells, program, .. } = array;
    let cells = quoted(cells);
    let rest = format!(
        r#"# Trains cells of a study from their folders, {pack} a task.
{setup}first=$((SLURM_ARRAY_TASK_ID * {pack} + 1))
mapfile -t cells < <(sed -n "$first,$((first + {pack} - 1))p" {cells})
trap 'kill -TERM "$child" 2>/dev/null' TERM
{program} cell --count-tries "${{cells[@]}}" &
child=$!
while kill -0 "$child" 2>/dev/null; do wait "$child"; done
wait "$child"
code=$?
# Done, or tried often enough.
case $code in 0 | 1 | 2) exit "$code" ;; esac
# Told to stop, or worth another try: back into the queue, unless Slurm itself ends the job.
# The number of the job alone would, for one of the tasks, mean all of them.
task=${{SLURM_ARRAY_JOB_ID}}_$SLURM_ARRAY_TASK_ID
if [ "$(squeue --noheader --jobs="$task" --format=%T)" = RUNNING ]; then
    scontrol requeue "$task"
fi
exit "$code"
"#
    );
    text + &rest
}

#[cfg(test)]
mod tests {
    use super::*;

    fn array() -> Array {
        Array {
            name: "desk".to_owned(),
            needs: SlurmTable {
                partition: Some("gpu".to_owned()),
                gpus: Some(super::super::table::Amount::Number(1)),
                cpus: Some(8),
                memory: Some("16G".to_owned()),
                time: Some("4:00:00".to_owned()),
                pack: Some(2),
                max_tasks: Some(20),
                setup: vec!["module load cuda/12.8".to_owned()],
                options: vec!["--constraint=h100".to_owned()],
                ..SlurmTable::default()
            },
            tasks: 15,
            cells: "/shared/my runs/desk/slurm/1.cells".to_owned(),
            program: "/opt/ebcle-tui".to_owned(),
        }
    }

    #[test]
    fn the_script_asks_for_what_the_table_says() {
        insta::assert_snapshot!(script(&array()));
    }

    #[test]
    fn what_is_not_given_is_not_asked_for() {
        let needs = SlurmTable {
            gpus: Some(super::super::table::Amount::Number(0)),
            ..SlurmTable::default()
        };
        let text = script(&Array { needs, ..array() });
        assert!(text.contains("#SBATCH --array=0-14\n") && text.contains("B:TERM@120"));
        for option in ["--gres", "--partition", "--mem", "--time", "--cpus"] {
            assert!(!text.contains(option), "{option}: {text}");
        }
    }
}
