//! How busy the machine was during a training.

use super::points::thin_out;
use crate::training::Role;
use crate::training::device::Load;

/// Most samples that are kept.
const MAX: usize = 4096;

/// A sample of the load, while a network trained.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LoadSample {
    pub seed: u64,
    pub network: Role,
    /// Epochs of that network that were done, a fraction.
    pub at: f64,
    /// Use of the GPU, a fraction.
    pub gpu_use: Option<f64>,
    pub gpu_watts: Option<f64>,
    /// Cores that this process kept busy.
    pub cores: Option<f64>,
}

impl LoadSample {
    /// Adds a sample to those before, which are thinned out where there are very many.
    pub fn keep(samples: &mut Vec<Self>, load: &Load, (seed, network, at): (u64, Role, f64)) {
        samples.push(Self {
            seed,
            network,
            at,
            gpu_use: load.gpu_use,
            gpu_watts: load.gpu_watts,
            cores: load.process_cores,
        });
        if samples.len() > MAX {
            let value = |sample: &Self| sample.gpu_use.or(sample.cores).unwrap_or(0.0);
            thin_out(samples, |sample| (sample.seed, sample.network), value);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn so_many_samples_are_kept_and_no_more() {
        let mut samples = Vec::new();
        for second in 0..3 * MAX {
            let load = Load {
                process_cores: Some(second as f64),
                ..Load::default()
            };
            LoadSample::keep(&mut samples, &load, (1, Role::Capped, second as f64));
        }
        assert!(samples.len() <= MAX);
        assert!(samples.windows(2).all(|two| two[0].at < two[1].at));
    }
}
