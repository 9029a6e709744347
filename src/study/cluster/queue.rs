//! What `squeue` and `sacct` print in the formats that they are asked for here.

use std::collections::BTreeMap;

/// What `squeue` is asked for: array job, tasks, state, reason, node, also of jobs that have ended and are not forgotten yet.
pub(super) const SQUEUE: [&str; 4] = [
    "--noheader",
    "--array",
    "--states=all",
    "--format=%F|%K|%T|%N|%r",
];
/// The format in which `sacct` is asked: job, state, node.
pub(super) const SACCT: [&str; 4] = [
    "--allocations",
    "--parsable2",
    "--noheader",
    "--format=JobID,State,NodeList",
];
/// Most tasks that one line may stand for: Slurm's own limit on the tasks of an array job is lower.
const MOST: u32 = 4_000_000;

/// The number under which stands what `squeue` says of all tasks of a job that it does not list one by one: of an array that was
/// cancelled while it waited it may name no tasks.
pub(super) const REST: u32 = u32::MAX;

/// One task as Slurm sees it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Queued {
    /// Slurm's word for its state, such as `PENDING`.
    pub state: String,
    /// Its node; empty before it has one.
    pub node: String,
    /// Why it waits; empty where it does not.
    pub reason: String,
}

/// Tasks by array job and number in it.
pub(super) type Tasks = BTreeMap<(u32, u32), Queued>;

/// The tasks of `squeue`'s answer; see [`REST`] for lines without tasks.
pub(super) fn squeue(text: &str) -> Tasks {
    let mut found = Tasks::new();
    for line in text.lines() {
        let mut fields = line.splitn(5, '|').map(str::trim);
        let mut next = || fields.next().unwrap_or_default();
        let (job, tasks, state, node, reason) = (next(), next(), next(), next(), next());
        let Ok(job) = job.parse() else { continue };
        let queued = Queued {
            state: state.to_owned(),
            node: node.to_owned(),
            reason: if reason == "None" { "" } else { reason }.to_owned(),
        };
        if tasks == "N/A" {
            found.insert((job, REST), queued.clone());
        }
        for task in numbers(tasks) {
            found.insert((job, task), queued.clone());
        }
    }
    found
}

/// The tasks of `sacct`'s answer; a later line of the same task counts.
pub(super) fn sacct(text: &str) -> Tasks {
    let mut found = Tasks::new();
    for line in text.lines() {
        let mut fields = line.splitn(3, '|').map(str::trim);
        let mut next = || fields.next().unwrap_or_default();
        let (job, state, node) = (next(), next(), next());
        let Some((job, tasks)) = job.split_once('_') else {
            continue;
        };
        let Ok(job) = job.parse() else { continue };
        // Such as `CANCELLED by 1000`.
        let state = state.split_whitespace().next().unwrap_or_default();
        let queued = Queued {
            state: state.to_owned(),
            node: node.to_owned(),
            reason: String::new(),
        };
        for task in numbers(tasks) {
            found.insert((job, task), queued.clone());
        }
    }
    found
}

/// The numbers of an array's tasks: `7`, `[0-3,9%2]`, `0-8:4`. Empty where it is none of these.
fn numbers(text: &str) -> Vec<u32> {
    let text = text.trim_start_matches('[').trim_end_matches(']');
    let text = text.split('%').next().unwrap_or_default();
    let mut all = Vec::new();
    for part in text.split(',') {
        let (range, step) = part.split_once(':').unwrap_or((part, "1"));
        let (first, last) = range.split_once('-').unwrap_or((range, range));
        let (Ok(first), Ok(last), Ok(step)) = (first.parse(), last.parse(), step.parse()) else {
            continue;
        };
        let last: u32 = last;
        if step > 0 && last < MOST {
            all.extend((first..=last).step_by(step));
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// As Slurm 22.05 printed it; the collapsed form without `--array`.
    #[test]
    fn what_squeue_prints_is_read() {
        let text = "1|2|PENDING||JobArrayTaskLimit\n1|0|RUNNING|vm|None\n2|[4-6,9%2]|PENDING||Resources|x\n7|N/A|RUNNING|vm|None\n\nslurm_load_jobs error\n";
        let found = squeue(text);
        let of = |job, task| &found[&(job, task)];
        assert_eq!(found.len(), 7);
        assert_eq!(of(7, REST).state, "RUNNING");
        assert_eq!(of(1, 2).reason, "JobArrayTaskLimit");
        assert_eq!(
            (of(1, 0).node.as_str(), of(1, 0).reason.as_str()),
            ("vm", "")
        );
        assert_eq!(of(2, 9).reason, "Resources|x");
    }

    /// As in the manual of sacct.
    #[test]
    fn what_sacct_prints_is_read() {
        let text = "12_0|COMPLETED|node-1\n12_1|CANCELLED by 1000|node-2\n12_[2-3%1]|PENDING|None assigned\n13|FAILED|node-1\n12_0|NODE_FAIL|node-3\n";
        let found = sacct(text);
        assert_eq!(found.len(), 4);
        assert_eq!(found[&(12, 0)].state, "NODE_FAIL");
        assert_eq!(found[&(12, 1)].state, "CANCELLED");
        assert_eq!(found[&(12, 3)].state, "PENDING");
    }

    proptest! {
        #[test]
        fn any_tasks_come_back(
            tasks in proptest::collection::btree_map((1..9_u32, 0..500_u32), ("[A-Z_]{3,12}", "[a-z0-9-]{0,9}", "[A-Za-z(), ]{0,20}"), 0..40),
        ) {
            let line = |((job, task), (state, node, reason)): (&(u32, u32), &(String, String, String))| {
                format!("{job}|{task}|{state}|{node}|{reason}\n")
            };
            let found = squeue(&tasks.iter().map(line).collect::<String>());
            prop_assert_eq!(found.len(), tasks.len());
            for (at, (state, node, reason)) in &tasks {
                prop_assert_eq!(&found[at].state, state);
                prop_assert_eq!(&found[at].node, node);
                let reason = reason.trim();
                prop_assert_eq!(&found[at].reason, if reason == "None" { "" } else { reason });
            }
            let line = |((job, task), (state, node, _)): (&(u32, u32), &(String, String, String))| {
                format!("{job}_{task}|{state} by 7|{node}\n")
            };
            let found = sacct(&tasks.iter().map(line).collect::<String>());
            prop_assert_eq!(found.len(), tasks.len());
            for (at, (state, ..)) in &tasks {
                prop_assert_eq!(&found[at].state, state);
            }
        }

        #[test]
        fn ranges_are_written_out(first in 0..200_u32, more in 0..200_u32, step in 1..9_u32, limit in 1..9_u32) {
            let last = first + more;
            let expected: Vec<u32> = (first..=last).filter(|at| (at - first) % step == 0).collect();
            prop_assert_eq!(numbers(&format!("[{first}-{last}:{step}%{limit}]")), expected);
        }

        #[test]
        fn no_text_makes_a_reader_panic(text in "[-0-9A-Z|_,:%\\[\\]\n ]{0,200}") {
            squeue(&text);
            sacct(&text);
        }
    }
}
