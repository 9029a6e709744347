//! The line that the shell shows once the app is left: where the run is, and how to go on.

use super::screens::train::{Live, Phase};
use crate::messages::quoted;

/// The line of a training that was shown last; none where there was none.
pub(super) fn farewell(live: Option<&Live>) -> Option<String> {
    let live = live?;
    let directory = live.directory.as_ref();
    let run = directory.map(|directory| quoted(&directory.to_string_lossy()));
    let kept = match &run {
        Some(run) => format!("; finished epochs are kept: `ebcle-tui resume {run}` resumes"),
        None => String::new(),
    };
    Some(match &live.phase {
        Phase::Finished(summary) => {
            let how = match summary.divergence() {
                Some(reason) => format!("diverged: {reason}"),
                None => format!("finished: {}", summary.verdict.outcome),
            };
            let run = run?;
            format!("{how}; the run is in {run}: `ebcle-tui export {run}` writes a report of it")
        }
        Phase::Failed(sentence) => {
            let can_be_resumed = directory.is_some_and(|run| run.join("run.toml").is_file());
            format!(
                "failed: {sentence}{}",
                if can_be_resumed { &kept } else { "" }
            )
        }
        _ => format!("stopped{kept}"),
    })
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::tui::fixtures;

    #[test]
    fn every_end_says_how_to_go_on() {
        let folder = tempfile::tempdir().unwrap();
        let said = |phase| {
            let mut live = Live::new(fixtures::settings(), fixtures::plan(), fixtures::now());
            live.directory = Some(folder.path().join("a run"));
            live.phase = phase;
            farewell(Some(&live)).unwrap()
        };
        let summary = fixtures::summary(&[1, 2, 3, 4, 5], 0.002);
        let finished = said(Phase::Finished(Box::new(summary)));
        assert!(
            finished.starts_with("finished: non-inferior; the run is in '"),
            "{finished}"
        );
        assert!(
            finished.contains("a run': `ebcle-tui export '"),
            "{finished}"
        );
        let summary = fixtures::diverged_summary(&[1, 3, 4, 5]);
        let diverged = said(Phase::Finished(Box::new(summary)));
        assert!(diverged.starts_with("diverged: seed 2"), "{diverged}");
        for phase in [Phase::Stopped, Phase::Stopping, Phase::Running] {
            let stopped = said(phase);
            assert!(stopped.starts_with("stopped; finished epochs are kept: `ebcle-tui resume '"));
        }
        let failed = || said(Phase::Failed("the disk is full".to_owned()));
        assert_eq!(failed(), "failed: the disk is full");
        std::fs::create_dir(folder.path().join("a run")).unwrap();
        std::fs::write(folder.path().join("a run/run.toml"), "").unwrap();
        assert!(failed().starts_with("failed: the disk is full; finished epochs are kept"));
        assert_eq!(farewell(None), None);
    }
}
