//! Why a task was killed, as Slurm wrote it into the task's log.

/// Those of a log's lines that Slurm wrote itself.
pub(super) fn slurms(mut lines: Vec<String>) -> Vec<String> {
    lines.retain(|line| line.starts_with("slurmstepd"));
    lines
}

/// Why Slurm killed a task, from the lines that it wrote into the task's log; none where none of them says so.
pub(super) fn why(lines: &[String]) -> Option<&'static str> {
    let causes = [
        (
            &[
                "oom_kill",
                "oom-kill",
                "exceeded memory limit",
                "Exceeded job memory limit",
            ][..],
            "it needed more memory than its task has: give it more with --memory",
        ),
        (
            &["DUE TO TIME LIMIT"][..],
            "its task ran out of time: give it more with --time",
        ),
        (&["DUE TO NODE FAILURE"][..], "its node went down"),
        (&["DUE TO PREEMPTION"][..], "another job preempted it"),
        (&["CANCELLED AT"][..], "it was cancelled"),
    ];
    let says = |word: &&str| lines.iter().any(|line| line.contains(word));
    let mut found = causes
        .into_iter()
        .filter(|(words, _)| words.iter().any(says));
    found.next().map(|(_, why)| why)
}

#[cfg(test)]
mod tests {
    use super::{slurms, why};

    /// As Slurm 22.05 wrote it, with `jobacct_gather/linux` and with control groups.
    #[test]
    fn what_slurm_wrote_says_why() {
        let of = |text: &str| why(&slurms(text.lines().map(str::to_owned).collect()));
        let memory = Some("it needed more memory than its task has: give it more with --memory");
        let killed = "slurmstepd-vm: error: StepId=4.batch exceeded memory limit (155668480 > 20971520), being killed\n\
                      slurmstepd-vm: error: Exceeded job memory limit\n\
                      slurmstepd-vm: error: *** JOB 4 ON vm CANCELLED AT 2026-11-29T11:31:33 ***";
        assert_eq!(of(killed), memory);
        let control_group = "slurmstepd: error: Detected 1 oom_kill event in StepId=7.batch. Some of the step tasks have been OOM Killed.";
        assert_eq!(of(control_group), memory);
        let time = "slurmstepd-vm: error: *** JOB 9 ON vm CANCELLED AT 2026-11-28T10:00:00 DUE TO TIME LIMIT ***";
        assert_eq!(
            of(time),
            Some("its task ran out of time: give it more with --time")
        );
        let cancelled =
            "slurmstepd-vm: error: *** JOB 9 ON vm CANCELLED AT 2026-11-28T10:00:00 ***";
        assert_eq!(of(cancelled), Some("it was cancelled"));
        assert_eq!(of("error: DUE TO TIME LIMIT\nepoch 3"), None);
    }
}
