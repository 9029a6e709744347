//! Which devices can train here, and their load.

mod cores;
mod cuda;
pub mod energy;
mod fault;
mod load;
mod named;
mod threads;

use std::path::Path;

use burn::tensor::Device;
use serde::Serialize;
use sysinfo::{CpuRefreshKind, RefreshKind, System};

pub use self::fault::{DeviceError, DeviceFault};
pub use self::load::{Load, Monitor};
pub use self::named::{Choice, Named, on_this_machine};
pub use self::threads::keep_last_words;
use super::TrainingError;
use crate::kernels;
pub use crate::kernels::Precision;

/// A device that could train, and whether it can.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct DeviceInfo {
    /// Its name for `--device`: `cpu`, `cuda:0`.
    pub name: String,
    /// What it is, in words.
    pub description: String,
    /// Whether it can train.
    pub usable: bool,
    /// If not, why, in one sentence.
    pub reason: Option<String>,
    /// Whether `--device auto` means it.
    pub automatic: bool,
}

/// A device that is ready to train.
#[derive(Clone, Debug)]
pub struct Opened {
    /// Its name: `cpu`, `cuda:0`.
    pub name: String,
    /// What it is, in words, such as `cpu (AMD EPYC 9B45, 2 threads)`.
    pub description: String,
    /// The device, which records gradients.
    pub device: Device,
    /// The number format of training on it.
    pub precision: Precision,
}

impl Opened {
    /// The device with another number format.
    ///
    /// # Errors
    /// [`TrainingError::Recipe`] where it has no such format.
    pub fn with_precision(self, precision: Precision) -> Result<Self, TrainingError> {
        let missing = match (precision, self.name.parse()?) {
            (Precision::F32, _) => None,
            (_, Choice::Cuda(index)) => cuda::without_tensor_cores(index),
            (_, _) => Some("a CPU has none".to_owned()),
        };
        match missing {
            Some(reason) => Err(TrainingError::Recipe(format!(
                "precision {precision} needs the tensor cores of a GPU, and {reason}: train with precision f32, or on such a GPU"
            ))),
            None if precision == self.precision => Ok(self),
            None => Ok(Self {
                description: format!("{}, {precision}", self.description),
                precision,
                ..self
            }),
        }
    }

    /// Whether it is a GPU with memory enough to keep so many bytes of images beside the networks: at least eight times as
    /// much must be free, or, where free memory is unknown, they must be at most a GiB. What this process still holds from an
    /// earlier training is not free.
    #[must_use]
    pub(super) fn has_room_for(&self, bytes: u64) -> bool {
        const UNKNOWN: u64 = 1 << 30;
        if !kernels::serves_gpu(&self.device) {
            return false;
        }
        let mut load = Load::default();
        cuda::Gauge::new(&self.name).read(&mut load);
        match (load.gpu_memory_total, load.gpu_memory) {
            (Some(total), Some(used)) => bytes <= total.saturating_sub(used) / 8,
            _ => bytes <= UNKNOWN,
        }
    }

    /// Steps by which a network is warmed up before a clock runs. A GPU's kernels are compiled as steps first need
    /// them, and its memory is laid out by the first few.
    #[must_use]
    pub fn warm_up_steps(&self) -> usize {
        if self.name == "cpu" { 2 } else { 8 }
    }
}

/// What devices of one kind have the same of: `cuda` for `cuda:1`. Their trainings are the same but for their seconds.
#[must_use]
pub fn kind(name: &str) -> &str {
    name.split_once([':', ',']).map_or(name, |(kind, _)| kind)
}

/// Caches compiled GPU kernels in `folder` for later runs; called before the first use of
/// a device. Without a folder every run compiles them again.
pub fn keep_kernels(folder: Option<&Path>) {
    cuda::keep_kernels(folder);
}

/// Every device that this build knows of, CUDA first; one `cuda` line with its reason where there is no GPU.
///
/// A CUDA device counts as usable when driver and headers are there; whether it computes is
/// tried by [`open`].
#[must_use]
pub fn list() -> Vec<DeviceInfo> {
    let mut devices = cuda::list();
    devices.push(DeviceInfo {
        name: "cpu".to_owned(),
        description: cpu_description(),
        usable: true,
        reason: None,
        automatic: false,
    });
    if let Some(first) = devices.iter_mut().find(|device| device.usable) {
        first.automatic = true;
    }
    devices
}

/// Keeps this process to the cores that `name` gives, where it names one device with cores; says whether it does. Called
/// before any other thread is started.
///
/// # Errors
/// [`TrainingError::Devices`] where a core is not there.
pub fn keep_to_cores(name: &str) -> Result<bool, TrainingError> {
    let Ok(Choice::Cores(cores)) = name.parse() else {
        return Ok(false);
    };
    cores::keep_to(cores).map(|()| true)
}

/// Whether this process keeps to the cores that `name` gives.
fn keeps_to_cores(name: &str) -> bool {
    matches!(name.parse(), Ok(Choice::Cores(cores)) if cores::is_kept_to(cores))
}

/// The devices of workers, as [`Named::workers`] names them; none where they are the cores to which this process itself keeps.
#[must_use]
pub fn without_own_cores(mut workers: Vec<String>) -> Vec<String> {
    if let [cores] = workers.as_slice()
        && keeps_to_cores(cores)
    {
        workers.clear();
    }
    workers
}

/// Opens the device that `name` means. A CUDA device is first tried in another process, so that
/// a driver that fails cannot take this one down.
///
/// # Errors
/// [`TrainingError::UnknownDevice`] for a name of another form, [`TrainingError::DeviceUnavailable`] with the reason.
pub fn open(name: &str) -> Result<Opened, TrainingError> {
    match name.parse()? {
        Choice::Cpu => Ok(open_cpu()),
        Choice::Cores(cores) if cores::is_kept_to(cores) => Ok(open_cpu()),
        Choice::Cores(cores) => Err(TrainingError::Devices(format!(
            "device cpu:{cores}: cores are given to `train`, `resume` and the workers of a study, by --device or EBCLE_DEVICE; use cpu here"
        ))),
        Choice::Cuda(index) => open_cuda(index),
        Choice::Auto => {
            let usable = list()
                .into_iter()
                .find(|device| device.usable && device.name != "cpu");
            let Some(Choice::Cuda(index)) = usable.and_then(|device| device.name.parse().ok())
            else {
                return Ok(open_cpu());
            };
            Ok(open_cuda(index).unwrap_or_else(|error| {
                tracing::warn!(%error, "training on the CPU instead");
                open_cpu()
            }))
        }
    }
}

/// Computes a small convolution on a CUDA device and reads it back; what the trial process runs.
///
/// # Errors
/// [`TrainingError::DeviceUnavailable`] with the reason.
///
/// # Panics
/// Where the driver fails, which is why it runs in another process.
pub fn try_cuda(index: usize) -> Result<(), TrainingError> {
    cuda::compute(index)
}

fn open_cpu() -> Opened {
    Opened {
        name: "cpu".to_owned(),
        description: format!("cpu ({})", cpu_description()),
        device: Device::flex().autodiff(),
        precision: Precision::default(),
    }
}

/// The card of this name among the `known`, where it can be used.
fn card<'a>(known: &'a [DeviceInfo], name: &str) -> Result<&'a DeviceInfo, TrainingError> {
    let found = known.iter().find(|info| info.name == name);
    let reason = match found {
        Some(info) if info.usable => return Ok(info),
        Some(info) => info.reason.clone(),
        None => {
            let present = known.iter().filter(|info| info.usable);
            let present: Vec<&str> = present.map(|info| info.name.as_str()).collect();
            (!present.is_empty())
                .then(|| format!("there is no such GPU; there are {}", present.join(", ")))
        }
    };
    Err(TrainingError::DeviceUnavailable {
        name: name.to_owned(),
        reason: reason.unwrap_or_else(|| why_none(known)),
    })
}

/// Why none of the `known` cards can be used.
fn why_none(known: &[DeviceInfo]) -> String {
    let reason = known.iter().find_map(|info| info.reason.clone());
    reason.unwrap_or_else(|| "there is no GPU".to_owned())
}

fn open_cuda(index: usize) -> Result<Opened, TrainingError> {
    let name = format!("cuda:{index}");
    let unavailable = |reason: String| TrainingError::DeviceUnavailable {
        name: name.clone(),
        reason,
    };
    let known = cuda::list();
    let info = card(&known, &name)?;
    cuda::trial(index).map_err(unavailable)?;
    Ok(Opened {
        description: format!("{name} ({})", info.description),
        device: cuda::device(index).map_err(unavailable)?.autodiff(),
        precision: Precision::default(),
        name,
    })
}

fn cpu_description() -> String {
    let refresh = RefreshKind::nothing().with_cpu(CpuRefreshKind::nothing());
    let brand = System::new_with_specifics(refresh)
        .ok()
        .and_then(|system| Some(system.cpus().first()?.brand().trim().to_owned()))
        .unwrap_or_default();
    let threads = rayon::current_num_threads();
    let threads = format!("{threads} thread{}", if threads == 1 { "" } else { "s" });
    if brand.is_empty() {
        threads
    } else {
        format!("{brand}, {threads}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_parsed() {
        assert_eq!("cuda:3".parse::<Choice>().unwrap(), Choice::Cuda(3));
        assert_eq!("cuda".parse::<Choice>().unwrap(), Choice::Cuda(0));
        let error = "gpu".parse::<Choice>().unwrap_err();
        assert_eq!(
            error.to_string(),
            "unknown device 'gpu': use auto, cpu, cuda or cuda:N"
        );
    }

    #[test]
    fn the_cpu_is_always_there_and_one_device_is_automatic() {
        let devices = list();
        assert!(
            devices
                .iter()
                .any(|device| device.name == "cpu" && device.usable)
        );
        assert_eq!(devices.iter().filter(|device| device.automatic).count(), 1);
        assert!(
            devices
                .iter()
                .all(|device| device.usable == device.reason.is_none())
        );
        assert_eq!(open("cpu").unwrap().name, "cpu");
    }

    #[test]
    fn a_cpu_has_one_precision() {
        let open = || open("cpu").unwrap();
        assert!(open().with_precision(Precision::F32).is_ok());
        assert_eq!(
            open()
                .with_precision(Precision::Tf32)
                .unwrap_err()
                .to_string(),
            "precision tf32 needs the tensor cores of a GPU, and a CPU has none: train with precision f32, or on such a GPU"
        );
        let unknown = "f16".parse::<Precision>().unwrap_err();
        assert_eq!(
            unknown.to_string(),
            "unknown precision 'f16': use f32, tf32, bf16"
        );
    }
}
