//! A mock GPU: it has the properties of a real one, and compiles every kernel to CUDA source instead of running it, so that
//! tests find mistakes in kernels on a machine without a GPU.

use std::sync::atomic::{AtomicU16, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use cubecl::bytes::Bytes;
use cubecl::client::Client;
use cubecl::future::{DynFut, block_on};
use cubecl::ir::features::{Features, TypeUsage};
use cubecl::ir::{
    AddressType, DeviceIdentity, DeviceProperties, ElemType, FloatKind, HardwareProperties,
    IntKind, MemoryDeviceProperties, OpaqueType, UIntKind,
};
use cubecl::prelude::{CubeCount, CubeKernel};
use cubecl::profile::{ProfileDuration, TimingMethod};
use cubecl::server::{
    BufferBinding, CopyDescriptor, IoError, KernelArguments, ProfileError, ProfilingToken, Server,
    ServerCommunication, ServerError, ServerStorage, ServerUtilities,
};
use cubecl::{Compiler, define_kernel};
use cubecl_common::device::{DeviceId, DeviceService, ServerUtilitiesHandle, ServiceId};
use cubecl_cuda::{CudaCompilationOptions, CudaCompiler, CudaRepresentation, CudaRuntime};
use cubecl_environment::backtrace::BackTrace;
use cubecl_environment::stream::StreamId;
use cubecl_server::allocator::ContiguousMemoryLayoutPolicy;
use cubecl_server::dry_run::LaunchMode;
use cubecl_server::logging::ServerLogger;
use cubecl_server::memory_management::{
    ManagedMemoryHandle, MemoryAllocationMode, StreamMemoryReport,
};
use cubecl_server::runtime::Runtime;
use cubecl_server::storage::{ComputeStorage, ManagedResource, StorageHandle, StorageId};

/// A card, by its compute capability.
#[derive(Clone, Copy, Debug)]
pub(super) struct Card {
    /// 70 for 7.0.
    pub(super) capability: u32,
    /// Bytes of shared memory that a cube may have.
    pub(super) shared_bytes: usize,
}

/// A kernel as it was written.
#[derive(Clone, Debug)]
pub(super) struct Written {
    pub(super) name: String,
    /// Its source, or why it could not be written.
    pub(super) source: Result<String, String>,
    /// Bytes of shared memory that its cubes have.
    pub(super) shared_bytes: usize,
}

/// What no type of real device has as its number.
const TYPE: u16 = u16::MAX;

type Kernels = Arc<Mutex<Vec<Written>>>;

/// What such a card writes for the kernels that `work` gives it.
pub(super) fn written(card: Card, work: impl FnOnce(&Client)) -> Vec<Written> {
    static CARDS: AtomicU16 = AtomicU16::new(0);

    let device = DeviceId::new(TYPE, CARDS.fetch_add(1, Ordering::Relaxed));
    let kernels = Kernels::default();
    let client = Client::init(device, Writer::new(device, card, Arc::clone(&kernels)));
    work(&client);
    block_on(client.sync()).expect("a card that runs nothing does not fail");
    let mut kernels = kernels.lock().unwrap_or_else(PoisonError::into_inner);
    std::mem::take(&mut *kernels)
}

/// The card as a server of kernels.
#[derive(Debug)]
struct Writer {
    utilities: Arc<ServerUtilities>,
    options: CudaCompilationOptions,
    kernels: Kernels,
}

impl Writer {
    fn new(device: DeviceId, card: Card, kernels: Kernels) -> Self {
        let mut options = CudaCompilationOptions::default();
        options.cpp.warp_size = 32;
        options.cpp.supports_features.fast_math = true;
        options.cpp.supports_features.dp4a = true;
        options.cpp.supports_features.grid_constants = true;
        let (utilities, _) = ServerUtilities::init(
            ServiceId::of::<Self>(device),
            "cuda",
            card.properties(),
            CudaRuntime::target_properties(),
            Arc::new(ServerLogger::default()),
            ContiguousMemoryLayoutPolicy::new(512),
        );
        Self {
            utilities: Arc::new(utilities),
            options,
            kernels,
        }
    }

    fn compile(&self, kernel: &dyn CubeKernel) -> Written {
        let compiled = define_kernel(kernel)
            .and_then(|definition| CudaCompiler::default().compile(definition, &self.options));
        Written {
            name: kernel.name().to_owned(),
            shared_bytes: compiled
                .as_ref()
                .map_or(0, CudaRepresentation::shared_memory_size),
            source: compiled
                .map(|compiled| compiled.to_string())
                .map_err(|error| error.to_string()),
        }
    }
}

impl Card {
    /// Those that `cubecl-cuda` reads from such a card, as far as the kernels ask for them.
    fn properties(self) -> DeviceProperties {
        let most = i32::MAX as u32;
        let hardware = HardwareProperties {
            load_width: 128,
            vector_register_count: None,
            plane_size_min: 32,
            plane_size_max: 32,
            max_bindings: 1024,
            max_shared_memory_size: self.shared_bytes,
            max_cube_count: (most, 65_535, 65_535),
            max_units_per_cube: 1024,
            max_cube_dim: (1024, 1024, 64),
            num_streaming_multiprocessors: Some(108),
            num_cpu_cores: None,
            last_level_cache_size: None,
            num_tensor_cores: Some(4),
            min_tensor_cores_dim: Some(8),
            max_vector_size: 64,
            cube_mma_reserved_shared_memory: 0,
        };
        let identity = DeviceIdentity {
            name: format!("a card of compute capability {}", self.capability),
            fingerprint: format!("ptx_sm{}", self.capability),
            physical: None,
        };
        let memory = MemoryDeviceProperties::new(1 << 34, 512);
        let mut properties = DeviceProperties::new(
            Features::default(),
            memory,
            hardware,
            TimingMethod::Device,
            identity,
        );
        properties.register_address_type(AddressType::U32);
        properties.register_address_type(AddressType::U64);
        for kind in [
            ElemType::Index,
            ElemType::Bool,
            ElemType::UInt(UIntKind::U8),
            ElemType::UInt(UIntKind::U32),
            ElemType::Int(IntKind::I32),
            ElemType::Float(FloatKind::F32),
            ElemType::Float(FloatKind::BF16),
        ] {
            properties.register_type_usage(kind, TypeUsage::all());
        }
        properties.register_opaque_type(OpaqueType::Barrier);
        if self.capability >= 80 {
            properties.register_type_usage(FloatKind::TF32, TypeUsage::Conversion);
            properties.features.copy_async = true;
        }
        properties.features.memory_reinterpret = true;
        properties.features.alignment = true;
        properties
    }
}

impl DeviceService for Writer {
    fn init(_device: DeviceId) -> Self {
        unreachable!("a card that is not there is not looked for")
    }

    fn utilities(&self) -> ServerUtilitiesHandle {
        Server::utilities(self)
    }
}

impl ServerCommunication for Writer {}

impl Server for Writer {
    fn initialize_memory(
        &mut self,
        _memory: ManagedMemoryHandle,
        _size: u64,
        _stream: StreamId,
    ) -> Result<(), ServerError> {
        Ok(())
    }

    fn logger(&self) -> Arc<ServerLogger> {
        Arc::clone(&self.utilities.logger)
    }

    fn utilities(&self) -> Arc<ServerUtilities> {
        Arc::clone(&self.utilities)
    }

    fn read(
        &mut self,
        _descriptors: Vec<CopyDescriptor>,
        _stream: StreamId,
    ) -> DynFut<Result<Vec<Bytes>, ServerError>> {
        unreachable!("nothing was computed that could be read")
    }

    fn write(&mut self, _descriptors: Vec<(CopyDescriptor, Bytes)>, _stream: StreamId) {}

    fn sync(
        &mut self,
        _handles: Vec<BufferBinding>,
        _stream: StreamId,
    ) -> DynFut<Result<(), ServerError>> {
        Box::pin(async { Ok(()) })
    }

    fn check(
        &mut self,
        _handles: Vec<BufferBinding>,
        _stream: StreamId,
    ) -> Result<(), ServerError> {
        Ok(())
    }

    #[expect(unsafe_code, reason = "the trait says so; nothing is run here")]
    unsafe fn launch(
        &mut self,
        kernel: Box<dyn CubeKernel>,
        _count: CubeCount,
        _bindings: KernelArguments,
        _stream: StreamId,
        _mode: LaunchMode,
    ) {
        let written = self.compile(&*kernel);
        let mut kernels = self.kernels.lock().unwrap_or_else(PoisonError::into_inner);
        kernels.push(written);
    }

    fn flush(&mut self, _stream: StreamId) -> Result<(), ServerError> {
        Ok(())
    }

    fn memory_report(&mut self, _stream: StreamId) -> Option<StreamMemoryReport> {
        None
    }

    fn memory_cleanup(&mut self, _stream: StreamId) -> Result<(), ServerError> {
        Ok(())
    }

    fn start_profile(&mut self, _stream: StreamId) -> Result<ProfilingToken, ServerError> {
        unreachable!("nothing is run that could be timed")
    }

    fn end_profile(
        &mut self,
        _stream: StreamId,
        _token: ProfilingToken,
    ) -> Result<ProfileDuration, ProfileError> {
        unreachable!("nothing is run that could be timed")
    }

    fn allocation_mode(&mut self, _mode: MemoryAllocationMode, _stream: StreamId) {}
}

impl ServerStorage for Writer {
    type Storage = Nowhere;

    fn get_resource(
        &mut self,
        _binding: BufferBinding,
        _stream: StreamId,
    ) -> Result<ManagedResource<()>, ServerError> {
        unreachable!("{NO_MEMORY}")
    }
}

const NO_MEMORY: &str = "a card that is not there has no memory";

/// The memory of such a card.
struct Nowhere;

impl ComputeStorage for Nowhere {
    type Resource = ();

    fn alignment(&self) -> usize {
        512
    }

    fn get(&mut self, _handle: &StorageHandle) -> Result<(), IoError> {
        Err(nothing())
    }

    fn alloc(&mut self, _size: u64) -> Result<StorageHandle, IoError> {
        Err(nothing())
    }

    fn dealloc(&mut self, _id: StorageId) {}

    fn flush(&mut self) {}

    fn bytes_allocated(&self) -> u64 {
        0
    }
}

fn nothing() -> IoError {
    IoError::UnsupportedIoOperation {
        backtrace: BackTrace::capture(),
    }
}
