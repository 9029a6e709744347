//! Times the steps of a training, and starts it.

use std::ops::ControlFlow;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use super::in_words;
use crate::dataset::Dataset;
use crate::run::{self, Session, TimedPlan};
use crate::tui::app::{MeasureRequest, Message, StartRequest};
use crate::tui::screens::depth::Fitted;

/// Times a few steps of both networks; says how far it is.
pub(super) fn measure(
    request: &MeasureRequest,
    cancel: &AtomicBool,
    send: &(dyn Fn(Message) + Sync),
) -> Result<(), String> {
    let MeasureRequest { job, training } = request;
    let job = *job;
    let found = images(training).and_then(|dataset| {
        run::measure(
            &training.settings,
            dataset,
            &training.plan,
            &mut |done, of| {
                send(Message::MeasureProgress { job, done, of });
                !cancel.load(Ordering::Relaxed)
            },
        )
    });
    let found = found.map_err(in_words)?;
    send(Message::Measured { job, found });
    Ok(())
}

/// What timed steps say of a pair; none where that was stopped.
pub(super) fn fitted(
    training: &StartRequest,
    cancel: &AtomicBool,
) -> Result<Option<Fitted>, run::Error> {
    let mut goes_on = || !cancel.load(Ordering::Relaxed);
    let StartRequest {
        settings, analysis, ..
    } = training;
    let Some(timed) = settings.plan_by_time(analysis, &mut goes_on)? else {
        return Ok(None);
    };
    let ControlFlow::Continue(narrow) = timed.settings.narrower(&timed.plan, &mut goes_on)? else {
        return Ok(None);
    };
    let measured = timed.plan.width_measured;
    Ok(Some(Fitted {
        factor: timed.plan.width_factor.filter(|_| measured),
        measured: timed.plan.measured,
        narrow,
    }))
}

/// Starts a training, whose steps are timed before where its width needs that.
pub(super) fn start(
    request: &StartRequest,
    send: &(dyn Fn(Message) + Sync),
) -> Result<Session, run::Error> {
    let dataset = images(request)?;
    let mut timed = TimedPlan {
        settings: request.settings.clone(),
        plan: request.plan.clone(),
    };
    if timed.settings.needs_width()
        && let Some(found) = request
            .settings
            .plan_by_time(&request.analysis, &mut || true)?
    {
        timed = found;
        send(Message::Replanned {
            width_factor: timed.settings.width_factor,
            plan: Box::new(timed.plan.clone()),
        });
    }
    let TimedPlan { settings, plan } = &timed;
    let chosen = run::choose_epochs(settings, &dataset, plan, &mut |_, _| true)?;
    let settings = &chosen.unwrap_or_else(|| settings.clone());
    let resolved = run::choose_rates(settings, &dataset, plan, &mut |_, _| true)?;
    let resolved = resolved.unwrap_or_else(|| settings.into());
    Session::start(&resolved, dataset, &request.analysis, plan)
}

/// The images of a training, which are read where a kept profile had made that unnecessary.
fn images(request: &StartRequest) -> Result<Arc<Dataset>, run::Error> {
    if let Some(dataset) = &request.dataset {
        return Ok(Arc::clone(dataset));
    }
    let prepared = run::prepare(&request.settings, &|_| {})?;
    if prepared.analysis.readings != request.analysis.readings {
        return Err(run::Error::Setting(format!(
            "the files of {} have changed since they were profiled: restart the program to profile them again",
            request.settings.dataset
        )));
    }
    Ok(prepared.dataset)
}
