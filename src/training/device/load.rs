//! What the machine and this process use at one moment.

use sysinfo::{Pid, ProcessRefreshKind, ProcessesToUpdate, System, get_current_pid};

/// What the machine and this process use at one moment; unknown values are `None`.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Load {
    /// Resident memory of this process in bytes.
    pub process_memory: Option<u64>,
    /// Memory of the machine in bytes.
    pub machine_memory: Option<u64>,
    /// CPU use of this process since the last sample, 1 for each core in full use.
    pub process_cores: Option<f64>,
    /// GPU use, a fraction.
    pub gpu_use: Option<f64>,
    /// GPU memory in use, in bytes.
    pub gpu_memory: Option<u64>,
    /// GPU memory in all, in bytes.
    pub gpu_memory_total: Option<u64>,
    /// GPU power in watts.
    pub gpu_watts: Option<f64>,
    /// GPU temperature in degrees Celsius.
    pub gpu_celsius: Option<u32>,
}

/// Samples [`Load`]; keeps what the operating system needs between two samples.
#[derive(Debug)]
pub struct Monitor {
    system: Option<System>,
    process: Option<Pid>,
    sampled: bool,
    gpu: super::cuda::Gauge,
}

impl Monitor {
    /// Watches this process and, where `device` is `cuda:N`, that GPU.
    #[must_use]
    pub fn new(device: &str) -> Self {
        let mut system = System::new().ok();
        if let Some(system) = &mut system {
            system.refresh_memory();
        }
        Self {
            system,
            process: get_current_pid().ok(),
            sampled: false,
            gpu: super::cuda::Gauge::new(device),
        }
    }

    /// The load now. CPU use is unknown at the first sample.
    pub fn sample(&mut self) -> Load {
        let mut load = Load::default();
        if let (Some(system), Some(pid)) = (&mut self.system, self.process) {
            load.machine_memory = Some(system.total_memory()).filter(|&bytes| bytes > 0);
            let what = ProcessRefreshKind::nothing().with_cpu().with_memory();
            system.refresh_processes_specifics(ProcessesToUpdate::Some(&[pid]), false, what);
            if let Some(process) = system.process(pid) {
                load.process_memory = Some(process.memory());
                load.process_cores = self.sampled.then(|| f64::from(process.cpu_usage()) / 100.0);
            }
        }
        self.sampled = true;
        self.gpu.read(&mut load);
        load
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_process_knows_its_memory_and_then_its_cores() {
        let mut monitor = Monitor::new("cpu");
        let first = monitor.sample();
        assert!(first.process_memory.is_some_and(|bytes| bytes > 0));
        assert!(first.machine_memory > first.process_memory);
        assert_eq!(first.process_cores, None);
        assert!(monitor.sample().process_cores.is_some());
        assert_eq!(first.gpu_use, None);
    }
}
