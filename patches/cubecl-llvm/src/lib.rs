//! Stands in for `cubecl-llvm` 0.11.3, whose build script downloads a prebuilt LLVM.
//!
//! `cubecl-cuda` names these types but, with its `cpp` feature, compiles every kernel
//! through NVRTC and never calls them. Every entry point answers with an error that says so.

use std::ffi::c_char;
use std::fmt;

use cubecl_core::ir::nvidia::SmArch;
use cubecl_core::prelude::KernelDefinition;
use cubecl_environment::backtrace::BackTrace;
use cubecl_server::compiler::{CompilationError, Compiler};
use cubecl_server::kernel::BufferIOAttr;

/// Types that `cubecl-cuda` uses to name a PTX version.
pub mod nvptx {
    /// The PTX version that a driver accepts.
    pub mod ptx_version {
        use std::fmt;

        /// A PTX version; none is ever chosen here.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub struct PtxVersion(u32);

        impl PtxVersion {
            /// Always `None`: NVRTC writes its own version into what it compiles.
            #[must_use]
            pub fn for_driver(_driver: i32) -> Option<Self> {
                None
            }
        }

        impl fmt::Display for PtxVersion {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "ptx{}", self.0)
            }
        }
    }
}

/// What a target's lowering supports.
pub mod shared {
    /// Narrowing of a device's features.
    pub mod lowered_features {
        use cubecl_core::ir::DeviceProperties;

        /// The GPU target whose lowering is asked for.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum GpuTarget {
            /// NVIDIA PTX.
            Nvptx,
        }

        /// Leaves the properties as they are: nothing is lowered here.
        pub fn restrict_features(_properties: &mut DeviceProperties, _target: GpuTarget) {}
    }
}

/// The code that LLVM would emit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LlvmTarget {
    /// Host code.
    #[default]
    Cpu,
    /// NVIDIA PTX.
    Nvptx,
}

/// A compiler that refuses every kernel.
#[derive(Clone, Debug, Default)]
pub struct PlironCompiler {
    /// The code that is asked for.
    pub target: LlvmTarget,
}

/// Options of a compilation that never runs.
#[derive(Clone, Debug, Default)]
pub struct PlironOptions {
    /// Alignment of CPU buffers in bytes.
    pub cpu_buffer_alignment: Option<u32>,
    /// AMD architecture.
    pub arch: Option<()>,
    /// NVIDIA architecture.
    pub sm_arch: Option<SmArch>,
    /// PTX version to emit.
    pub ptx_version: Option<nvptx::ptx_version::PtxVersion>,
    /// Whether scalars travel in the kernel's parameter block.
    pub grid_constants: bool,
}

/// A compiled PTX module.
#[derive(Clone, Debug)]
pub struct NvptxModule {
    /// NUL-terminated PTX.
    pub ptx: Vec<c_char>,
    /// Symbol of the kernel.
    pub entrypoint: String,
    /// IR for logs.
    pub ir: String,
    /// Shared memory of a launch, in bytes.
    pub shared_memory_size: usize,
    /// Access modes of the buffers, in binding order.
    pub io: Vec<BufferIOAttr>,
}

/// What a compilation would give.
#[derive(Clone, Debug)]
pub enum PlironArtifact {
    /// Code in the host's memory.
    Jit(()),
    /// A PTX module.
    NvptxCode(NvptxModule),
}

impl fmt::Display for PlironArtifact {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Jit(()) => f.write_str("jit"),
            Self::NvptxCode(module) => f.write_str(&module.ir),
        }
    }
}

impl Compiler for PlironCompiler {
    type Representation = PlironArtifact;
    type CompilationOptions = PlironOptions;

    fn compile(
        &mut self,
        _kernel: KernelDefinition,
        _options: &Self::CompilationOptions,
    ) -> Result<Self::Representation, CompilationError> {
        Err(CompilationError::Generic {
            reason: "this build has no LLVM; its CUDA kernels are compiled by NVRTC".to_owned(),
            backtrace: BackTrace::capture(),
        })
    }

    fn extension(&self) -> &'static str {
        "ll"
    }

    fn lang_tag(&self) -> &'static str {
        "llvm"
    }
}
