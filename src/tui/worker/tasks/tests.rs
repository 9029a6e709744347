//! Sentences on checks, and what stops a task.

use FileState::{Missing, NotNeeded, Published, SizeRight, WrongChecksum};

use super::*;
use crate::dataset::checksum::Checksum;
use crate::dataset::verify::Verified;

fn found(states: Vec<FileState>, complete: bool) -> Verification {
    Verification {
        folder: "data/mnist".into(),
        files: states
            .into_iter()
            .enumerate()
            .map(|(index, state)| Verified {
                name: format!("file-{index}"),
                path: None,
                bytes: None,
                state,
            })
            .collect(),
        complete,
    }
}

#[test]
fn a_check_is_one_sentence() {
    let wrong = WrongChecksum {
        found: Checksum::Md5([0; 16]),
        published: Checksum::Md5([255; 16]),
    };
    for (states, complete, expected) in [
        (
            vec![Published, Published, NotNeeded],
            true,
            "complete: 2 files",
        ),
        (
            vec![Published, SizeRight],
            true,
            "1 file without a published",
        ),
        (
            vec![Published, Missing],
            false,
            "incomplete: 1 file missing",
        ),
        (
            vec![Published, wrong],
            true,
            "damaged: file-1 in data/mnist",
        ),
    ] {
        let said = sentence(&Source::known("mnist"), &found(states, complete));
        assert!(said.contains(expected), "{said}");
    }
}

#[test]
fn a_timing_is_stopped_and_the_next_one_is_not() {
    let mut tasks = Tasks::default();
    tasks.stop_measuring();
    let effect = Effect::Measure(Box::new(crate::tui::app::MeasureRequest {
        job: 1,
        training: crate::tui::app::StartRequest {
            settings: crate::tui::fixtures::settings(),
            dataset: None,
            analysis: crate::tui::fixtures::loaded().analysis.clone(),
            plan: crate::tui::fixtures::plan(),
        },
    }));
    let Effect::Measure(request) = &effect else {
        unreachable!();
    };
    let pricing = tasks.begin(&Effect::Price(request.clone())).cancel;
    assert!(!pricing.load(Ordering::Relaxed));
    let first = tasks.begin(&effect).cancel;
    assert!(pricing.load(Ordering::Relaxed), "a timing is not disturbed");
    tasks.stop_measuring();
    let second = tasks.begin(&effect).cancel;
    assert!(first.load(Ordering::Relaxed) && !second.load(Ordering::Relaxed));
}

#[test]
fn a_task_is_stopped_by_its_dataset() {
    let mut tasks = Tasks::default();
    let fetch = |source| Effect::Fetch {
        source,
        data_dir: None,
    };
    let mnist = tasks.begin(&fetch(Source::known("mnist"))).cancel;
    let stl10 = tasks.begin(&fetch(Source::known("stl10"))).cancel;
    tasks.stop(&Source::known("mnist"));
    tasks.stop(&Source::known("imagenet32"));
    assert!(mnist.load(Ordering::Relaxed) && !stl10.load(Ordering::Relaxed));
    let again = tasks.begin(&fetch(Source::known("mnist"))).cancel;
    assert!(!again.load(Ordering::Relaxed));
}
