//! The fourth screen in sentences.

use super::verdict_word;
use crate::format;
use crate::run::RunStatus;
use crate::tui::app::App;

pub fn sentences(app: &App) -> Vec<String> {
    let visible = app.runs.visible();
    let mut said = app.runs.problems.clone();
    let Some(run) = app.runs.marked() else {
        said.push(format!("No runs in {}.", app.settings.out.display()));
        return said;
    };
    said.push(format!(
        "Run {} of {}: {}, {} on {}, {}, {}.",
        app.runs.marked + 1,
        visible.len(),
        run.name,
        run.architecture,
        run.dataset,
        crate::format::number_of(run.seeds, "seed", "seeds"),
        verdict_word(run)
    ));
    if let (Some(summary), RunStatus::Finished) = (&run.summary, run.status) {
        if let Some(saved) = summary.time_saved {
            said.push(format!(
                "Time saved: {}.",
                format::percent_sentence(saved.mean, saved.interval, 1)
            ));
        }
        said.push(format!("{}.", summary.verdict.reason));
    }
    said
}
