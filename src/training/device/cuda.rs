//! NVIDIA GPUs: whether they can be used, and why not. Without the feature `cuda`, none can.
//!
//! Compiled kernels are cached between runs in the folder of [`keep_kernels`].

use burn::tensor::Device;

use super::{DeviceInfo, Load};
use crate::training::TrainingError;

fn absent(reason: &str) -> Vec<DeviceInfo> {
    vec![DeviceInfo {
        name: "cuda".to_owned(),
        description: "NVIDIA GPU".to_owned(),
        usable: false,
        reason: Some(reason.to_owned()),
        automatic: false,
    }]
}

#[cfg(not(feature = "cuda"))]
mod backend {
    use std::path::Path;

    use super::{Device, DeviceInfo, Load, TrainingError, absent};

    const NO_CUDA: &str = "this build is without CUDA: build it with the feature `cuda`";

    pub(in super::super) fn keep_kernels(_folder: Option<&Path>) {}

    pub(in super::super) fn list() -> Vec<DeviceInfo> {
        absent(NO_CUDA)
    }

    pub(in super::super) fn device(_index: usize) -> Result<Device, String> {
        Err(NO_CUDA.to_owned())
    }

    pub(in super::super) fn trial(_index: usize) -> Result<(), String> {
        Err(NO_CUDA.to_owned())
    }

    #[expect(
        clippy::unnecessary_wraps,
        reason = "the form of the function that asks a GPU"
    )]
    pub(in super::super) fn without_tensor_cores(_index: usize) -> Option<String> {
        Some(NO_CUDA.to_owned())
    }

    pub(in super::super) fn compute(index: usize) -> Result<(), TrainingError> {
        Err(TrainingError::DeviceUnavailable {
            name: format!("cuda:{index}"),
            reason: NO_CUDA.to_owned(),
        })
    }

    /// Reads nothing.
    #[derive(Debug)]
    pub struct Gauge;

    impl Gauge {
        pub(in super::super) fn new(_device: &str) -> Self {
            Self
        }

        #[expect(clippy::unused_self, reason = "the form of the gauge that reads a GPU")]
        pub(in super::super) fn read(&self, _load: &mut Load) {}

        #[expect(clippy::unused_self, reason = "the form of the gauge that reads a GPU")]
        pub(in super::super) const fn joules(&self) -> Option<f64> {
            None
        }
    }
}

#[cfg(feature = "cuda")]
mod backend {
    use std::fs;
    use std::path::Path;
    use std::process::{Command, Stdio};

    use burn::tensor::{DeviceType, Tensor};
    use cubecl::config::cache::CacheConfig;
    use cubecl::config::{CubeClRuntimeConfig, RuntimeConfig};
    use cubecl_cuda::install::cuda_path;
    use nvml_wrapper::Nvml;
    use nvml_wrapper::enum_wrappers::device::TemperatureSensor;
    use nvml_wrapper::error::NvmlError;

    use super::{Device, DeviceInfo, Load, TrainingError, absent};
    use crate::kernels::convolution;

    /// A `cubecl.toml` in the working folder or above it goes before this, and `CubeCL`'s environment variables
    /// before both. Without a folder nothing is cached.
    pub(in super::super) fn keep_kernels(folder: Option<&Path>) {
        let mut config = CubeClRuntimeConfig::from_current_dir();
        if matches!(config.environment.path, CacheConfig::Target) {
            if let Some(folder) = folder {
                config.environment.path = CacheConfig::Directory(folder.to_owned());
            }
            config.compilation.cache = folder.is_some();
        }
        CubeClRuntimeConfig::try_set(config.override_from_env());
    }

    /// Makes the folder of cached kernels; where that fails, none are cached.
    fn make_room() {
        let config = CubeClRuntimeConfig::get();
        if config.compilation.cache
            && let Err(error) = fs::create_dir_all(config.environment.path.root())
        {
            tracing::warn!(%error, "compiled kernels are not cached");
        }
    }

    /// What is missing to run on CUDA, as one sentence. Whether the compiler library is there shows in the trial.
    fn missing(nvml: Result<&Nvml, &NvmlError>, gpus: usize) -> Option<String> {
        if gpus == 0 {
            return Some(match nvml {
                Err(NvmlError::LibloadingError(_) | NvmlError::LibraryNotFound) => {
                    "the NVIDIA driver was not found: install it".to_owned()
                }
                Err(error) => format!("the NVIDIA driver does not answer: {error}"),
                Ok(_) => "the NVIDIA driver reports no GPU".to_owned(),
            });
        }
        match cuda_path().map(|path| path.join("include/cuda_fp16.h")) {
            Some(header) if header.is_file() => None,
            Some(header) => Some(format!(
                "the CUDA headers were not found at {}: set CUDA_PATH to the toolkit's folder",
                header.display()
            )),
            None => Some(
                "the CUDA toolkit was not found: install it (12.8 or newer) and set CUDA_PATH to its folder".to_owned(),
            ),
        }
    }

    pub(in super::super) fn list() -> Vec<DeviceInfo> {
        let nvml = Nvml::init();
        let count = Device::enumerate(DeviceType::Cuda).into_vec().len();
        if let Some(reason) = missing(nvml.as_ref(), count) {
            return absent(&reason);
        }
        (0..count)
            .map(|index| DeviceInfo {
                name: format!("cuda:{index}"),
                description: nvml
                    .as_ref()
                    .ok()
                    .and_then(|nvml| {
                        let gpu = nvml.device_by_index(physical_index(index)?).ok()?;
                        gpu.name().ok()
                    })
                    .unwrap_or_else(|| "NVIDIA GPU".to_owned()),
                usable: true,
                reason: None,
                automatic: false,
            })
            .collect()
    }

    pub(in super::super) fn device(index: usize) -> Result<Device, String> {
        make_room();
        Device::enumerate(DeviceType::Cuda)
            .into_vec()
            .into_iter()
            .nth(index)
            .ok_or_else(|| "the NVIDIA driver no longer reports this GPU".to_owned())
    }

    /// Runs [`compute`] in another process.
    pub(in super::super) fn trial(index: usize) -> Result<(), String> {
        let program = std::env::current_exe()
            .map_err(|error| format!("this program cannot find itself: {error}"))?;
        let output = Command::new(program)
            .args(["devices", "--try", &format!("cuda:{index}")])
            .stdin(Stdio::null())
            .output()
            .map_err(|error| format!("the trial process could not be started: {error}"))?;
        if output.status.success() {
            return Ok(());
        }
        let said = String::from_utf8_lossy(&output.stderr);
        if said.contains("UNSUPPORTED_PTX_VERSION") {
            return Err(
                "the CUDA toolkit is newer than the driver can run: update the driver, or set CUDA_PATH to the folder of an older toolkit"
                    .to_owned(),
            );
        }
        if said.contains("nvrtc") {
            return Err(
                "the CUDA compiler library (libnvrtc) was not found: install the CUDA toolkit 12.8 or newer"
                    .to_owned(),
            );
        }
        let line = said
            .lines()
            .map(str::trim)
            .find(|line| !line.is_empty() && !line.starts_with("thread "))
            .unwrap_or("no reason given");
        Err(format!("a trial computation failed: {line}"))
    }

    /// A 3x3 convolution of ones with ones over 4x4 pixels: every pixel counts its neighbours inside
    /// the image, (2 + 3 + 3 + 2) squared in all.
    pub(in super::super) fn compute(index: usize) -> Result<(), TrainingError> {
        let unavailable = |reason: String| TrainingError::DeviceUnavailable {
            name: format!("cuda:{index}"),
            reason,
        };
        let device = device(index).map_err(unavailable)?;
        let input = Tensor::<4>::ones([1, 1, 4, 4], &device);
        let kernel = Tensor::<4>::ones([1, 1, 3, 3], &device);
        let output: f32 = convolution(input, kernel, 1, 1, 1).sum().into_scalar();
        if (output - 100.0).abs() < 1e-3 {
            Ok(())
        } else {
            Err(unavailable(format!(
                "a trial convolution gave {output} where 100 is right"
            )))
        }
    }

    /// Why a GPU has no tensor cores that round, where the driver says that it is too old for them.
    pub(in super::super) fn without_tensor_cores(index: usize) -> Option<String> {
        let nvml = Nvml::init().ok()?;
        let gpu = nvml.device_by_index(physical_index(index)?).ok()?;
        let capability = gpu.cuda_compute_capability().ok()?;
        (capability.major < 8).then(|| {
            format!(
                "cuda:{index} has none that do it (compute capability {}.{}, 8.0 is the first)",
                capability.major, capability.minor
            )
        })
    }

    /// The driver's index of the GPU that CUDA calls `index`, as far as `CUDA_VISIBLE_DEVICES` tells.
    fn physical_index(index: usize) -> Option<u32> {
        match std::env::var("CUDA_VISIBLE_DEVICES") {
            Ok(visible) => visible.split(',').nth(index)?.trim().parse().ok(),
            Err(_) => u32::try_from(index).ok(),
        }
    }

    /// Reads use, memory, power and temperature of one GPU.
    #[derive(Debug)]
    pub struct Gauge(Option<(Nvml, u32)>);

    impl Gauge {
        pub(in super::super) fn new(device: &str) -> Self {
            let index = device
                .strip_prefix("cuda:")
                .and_then(|index| index.parse().ok());
            Self(
                index
                    .and_then(physical_index)
                    .and_then(|index| Some((Nvml::init().ok()?, index))),
            )
        }

        pub(in super::super) fn read(&self, load: &mut Load) {
            let Some((nvml, index)) = &self.0 else { return };
            let Ok(gpu) = nvml.device_by_index(*index) else {
                return;
            };
            load.gpu_use = gpu
                .utilization_rates()
                .ok()
                .map(|use_| f64::from(use_.gpu) / 100.0);
            if let Ok(memory) = gpu.memory_info() {
                load.gpu_memory = Some(memory.used);
                load.gpu_memory_total = Some(memory.total);
            }
            load.gpu_watts = gpu
                .power_usage()
                .ok()
                .map(|milliwatts| f64::from(milliwatts) / 1000.0);
            load.gpu_celsius = gpu.temperature(TemperatureSensor::Gpu).ok();
        }

        /// Joules since the driver was loaded.
        pub(in super::super) fn joules(&self) -> Option<f64> {
            let (nvml, index) = self.0.as_ref()?;
            let gpu = nvml.device_by_index(*index).ok()?;
            let millijoules = gpu.total_energy_consumption().ok()?;
            Some(millijoules as f64 / 1000.0)
        }
    }
}

pub(super) use backend::{Gauge, compute, device, keep_kernels, list, trial, without_tensor_cores};
