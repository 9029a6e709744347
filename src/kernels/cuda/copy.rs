//! Copies from a GPU's memory to a cube's shared memory, in stages: a cube sums one stage while later ones arrive. A GPU
//! with a copy engine for this (Ampere and later) fills them without a detour through registers; any other loads and stores.

use cubecl::client::Client;
use cubecl::prelude::barrier::copy_async_checked;
use cubecl::prelude::*;

use super::{Four, SHARED_BYTES, VECTOR};

/// Stages at most.
const STAGES: usize = 4;

/// How a kernel's stages are filled, known when it is compiled.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Stages {
    /// How many there are: two or more.
    pub(super) count: usize,
    /// Whether the copy engine fills them.
    pub(super) engine: bool,
}

/// What a GPU offers for stages.
#[derive(Clone, Copy, Debug)]
pub(super) struct Offer {
    /// Bytes of shared memory that a cube may have.
    pub(super) bytes: usize,
    /// Whether it has a copy engine.
    pub(super) engine: bool,
}

impl Offer {
    /// That of a GPU.
    pub(super) fn of(client: &Client) -> Self {
        let properties = client.properties();
        Self {
            bytes: properties.hardware.max_shared_memory_size,
            engine: properties.features.copy_async,
        }
    }

    /// Bytes that the stages of a cube may have, so that a second cube fits beside it.
    pub(super) fn stage_bytes(self) -> usize {
        SHARED_BYTES.max(self.bytes / 2)
    }

    /// Stages of so many bytes each: as many as fit, and at least two.
    pub(super) fn stages(self, bytes: usize) -> Stages {
        let most = if self.engine { STAGES } else { 2 };
        Stages {
            count: (self.stage_bytes() / bytes).clamp(2, most),
            engine: self.engine,
        }
    }
}

/// Copies four numbers of `from` from `at` on, of which `left` are there and the others zero, to a vector of a stage.
#[cube]
pub(super) fn bring<N: Size>(
    from: &[Vector<f32, N>],
    stage: &mut [Four],
    at: usize,
    to: usize,
    left: usize,
    #[comptime] stages: Stages,
) {
    let wide = N::value().comptime();
    let parts = comptime!(VECTOR / wide);
    let mut sources = Array::<usize>::new(parts);
    let mut there = Array::<bool>::new(parts);
    #[unroll]
    for part in 0..parts {
        sources[part] = at / wide + part;
        there[part] = part * wide < left;
    }
    gather::<N>(from, stage, sources, there, to, stages);
}

/// Copies vectors of `from`, zeros for those that are not `there`, side by side to a vector of a stage.
#[cube]
pub(super) fn gather<N: Size>(
    from: &[Vector<f32, N>],
    stage: &mut [Four],
    sources: Array<usize>,
    there: Array<bool>,
    to: usize,
    #[comptime] stages: Stages,
) {
    let wide = N::value().comptime();
    let parts = comptime!(VECTOR / wide);
    if comptime!(stages.engine) {
        let narrow = stage.with_vector_size_mut::<N>();
        #[unroll]
        for part in 0..parts {
            let target = to * parts + part;
            bring_one::<f32, N>(from, narrow, sources[part], target, there[part], stages);
        }
    } else {
        let mut four = Four::new(0.0f32);
        #[unroll]
        for part in 0..parts {
            if there[part] {
                let some = from[sources[part]];
                #[unroll]
                for lane in 0..wide {
                    four.insert(comptime!(part * wide + lane), some.extract(lane));
                }
            }
        }
        stage[to] = four;
    }
}

/// Copies a vector of `from`, or zeros where it is not `there`, to a vector of a stage.
#[cube]
pub(super) fn bring_one<S: Float, N: Size>(
    from: &[Vector<S, N>],
    stage: &mut [Vector<S, N>],
    at: usize,
    to: usize,
    there: bool,
    #[comptime] stages: Stages,
) {
    if comptime!(stages.engine) {
        let wide = N::value().comptime();
        let source = select(there, at, 0usize);
        let some = select(there, 1usize, 0usize);
        let end = to + 1;
        copy_async_checked(
            &from[source..source + some],
            &mut stage[to..end],
            comptime!(wide as u32),
        );
    } else {
        let mut vector = Vector::<S, N>::new(S::new(0.0));
        if there {
            vector = from[at];
        }
        stage[to] = vector;
    }
}

/// The stage after another one, in turn.
#[cube]
pub(super) fn next(stage: usize, #[comptime] stages: Stages) -> usize {
    select(stage + 1 == stages.count, 0usize, stage + 1)
}

/// Ends the copies of a stage.
#[cube]
pub(super) fn end(#[comptime] stages: Stages) {
    if comptime!(stages.engine) {
        gpu_asm!("cp.async.commit_group;");
    }
}

/// Waits until the oldest stage has arrived for every unit; later ones may still be on their way.
#[cube]
pub(super) fn arrived(#[comptime] stages: Stages) {
    if comptime!(stages.engine) {
        gpu_asm!("cp.async.wait_group {later};", later = const comptime!(stages.count - 2));
    }
    sync_cube();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stages_leave_memory_for_a_second_cube() {
        let offer = |kilobytes: usize, engine| Offer {
            bytes: kilobytes << 10,
            engine,
        };
        // An H100's 227 KiB, a consumer card's 99, and one that offers no more than every GPU has.
        for (offer, bytes, count) in [
            (offer(227, true), 16 << 10, 4),
            (offer(227, true), 34 << 10, 3),
            (offer(99, true), 16 << 10, 3),
            (offer(99, true), 17 << 10, 2),
            (offer(48, true), 12 << 10, 4),
            (offer(48, true), 24 << 10, 2),
            (offer(227, false), 16 << 10, 2),
        ] {
            let stages = offer.stages(bytes);
            assert_eq!(stages.count, count, "{offer:?}, {bytes} bytes");
            assert!(stages.count * bytes <= offer.stage_bytes());
        }
    }
}
