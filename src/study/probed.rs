//! The identity probe of a cell's networks.

use super::train::lock;
use super::{Cell, Progress, StudyError};
use crate::evidence::probe::Line;
use crate::run::{Prepared, ProbeClaims, Probes, RunDirectory, Subject, Summary};
use crate::training::{Role, device};

/// Images of one forward pass of a probe.
const BATCH: usize = 128;

/// Whether both networks of every seed that is trained to its end are probed.
pub(super) fn is_probed(summary: &Summary, claims: Option<&ProbeClaims>) -> bool {
    let of_seed = |seed: u64| {
        let probes = claims.iter().flat_map(|claims| &claims.probes);
        probes.filter(|probe| probe.seed == Some(seed)).count()
    };
    summary
        .seeds
        .iter()
        .all(|seed| of_seed(seed.seed) == Role::BOTH.len())
}

/// Probes both networks of every seed of `cell` that is trained to its end, unless they are probed already; none where the
/// user stopped it while another process held the run.
///
/// # Errors
/// One sentence on what cannot be read or written.
pub(super) fn probe(
    cell: &Cell,
    summary: &Summary,
    prepared: &Prepared,
    progress: &dyn Progress,
) -> Result<Option<Probes>, StudyError> {
    let Some(lock) = lock(&cell.path, progress)? else {
        return Ok(None);
    };
    let directory = RunDirectory::open(&cell.path)?;
    if let Some(probes) = directory.probes()?
        && is_probed(summary, Some(&ProbeClaims::from(&probes)))
    {
        return Ok(Some(probes));
    }
    let run = directory.load()?;
    let opened = device::open(&cell.settings.device).map_err(crate::run::Error::from)?;
    let device = opened.device.inner();
    let cap = Line {
        cap: run.plan.cap,
        unit: run.plan.unit(),
    };
    let mut probes = Vec::new();
    for seed in &summary.seeds {
        for role in Role::BOTH {
            let subject = Subject::of_run(&run, seed.seed, role, &device)?;
            // Without random sets, each of which is a network more to measure.
            let setup = (cap, cell.settings.margin, 0);
            probes.push(subject.probe(&prepared.dataset, setup, BATCH, &device, &|_, _| {})?);
        }
    }
    let newer = Probes {
        dataset: prepared.dataset.name.clone(),
        device: opened.description,
        probes,
    };
    directory.add_probes(&lock, newer)?;
    let written = directory.probes()?;
    Ok(Some(written.unwrap_or_else(|| {
        unreachable!("they were written just now")
    })))
}
