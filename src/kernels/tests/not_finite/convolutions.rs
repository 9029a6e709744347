//! Convolutions.

use super::*;

impl ConvolutionCase {
    fn geometry(&self) -> Geometry {
        Geometry {
            images: self.images,
            inputs: self.inputs,
            outputs: self.outputs,
            height: self.side,
            width: self.side,
            kernel: self.kernel,
            stride: self.stride,
            padding: self.kernel / 2,
            groups: self.groups,
            precision: Precision::F32,
        }
    }
}

#[test]
fn convolutions_pass_on_what_is_not_finite() {
    let golden = golden();
    assert_eq!(golden.convolutions.len(), 6);
    for case in &golden.convolutions {
        assert_eq!(case.found.len(), 9);
        for found in &case.found {
            check_convolved(case, found);
        }
    }
}

fn check_convolved(case: &ConvolutionCase, found: &Found) {
    let geometry = case.geometry();
    let places = [(found.index, found.value.clone())];
    let operand = |name: &str, seed, count| {
        let places = if found.of == name { &places[..] } else { &[] };
        placed(seed, count, places, PLAIN)
    };
    let input = operand("input", 11, geometry.input_len());
    let weights = operand("weight", 12, geometry.weights());
    let gradient = operand("gradient", 13, geometry.output_len());
    let expected = [&found.output, &found.by_input, &found.by_weight];
    let results = ["output", "by_input", "by_weight"];
    for &level in Level::available() {
        let operands = [&input[..], &weights, &gradient];
        let what = |result: &str| {
            format!(
                "{result} with {} in {} at {}, {}, {level:?}",
                found.value, found.of, found.index, case.kind
            )
        };
        let ours = chosen(level, &geometry, operands);
        let tiled = winograd::serves(level, &geometry);
        for ((expected, ours), result) in expected.iter().zip(&ours).zip(results) {
            let border = found.of == "weight" && result == "by_input";
            if !(tiled || border) {
                expected.is_met_by(ours, &what(result));
            }
            expected.is_covered_by(ours, |_, _| true, &what(result));
        }
        if case.kind == "tiled" {
            let ours = in_tiles(level, &geometry, operands);
            for ((expected, ours), result) in expected.iter().zip(&ours).zip(results) {
                let of_tile = |at: usize| {
                    let (plane, pixel) =
                        (at / (case.side * case.side), at % (case.side * case.side));
                    (plane, pixel / case.side / 2, pixel % case.side / 2)
                };
                let spread = |from: usize, to: usize| match result {
                    "by_weight" => from / 9 == to / 9,
                    _ => of_tile(from) == of_tile(to),
                };
                let border = found.of == "weight" && result == "by_input";
                expected.is_covered_by(ours, |from, to| border || spread(from, to), &what(result));
            }
        }
    }
}

/// Kernels use memory again and again: what a training that diverged leaves there reaches no later result.
#[test]
fn what_is_not_finite_does_not_stay_in_memory() {
    let golden = golden();
    for case in &golden.convolutions {
        let geometry = case.geometry();
        let counts = [
            geometry.input_len(),
            geometry.weights(),
            geometry.output_len(),
        ];
        let finite = counts.map(|count| numbers(count, count as u32));
        let broken = counts.map(|count| vec![f32::NAN; 2 * count]);
        let larger = Geometry {
            images: 2 * case.images,
            ..geometry
        };
        let mut passes: Vec<Passes> = vec![chosen];
        if case.kind == "tiled" {
            passes.push(in_tiles);
        }
        for passes in passes {
            for &level in Level::available() {
                let pool = pool(1);
                let [input, weights, gradient] = finite.each_ref().map(Vec::as_slice);
                let [wild_input, wild_weights, wild_gradient] =
                    broken.each_ref().map(Vec::as_slice);
                let run = || passes(level, &geometry, [input, weights, gradient]);
                let clean = pool.install(run);
                pool.install(|| {
                    let weights = &wild_weights[..counts[1]];
                    passes(level, &larger, [wild_input, weights, wild_gradient])
                });
                let again = pool.install(run);
                assert_eq!(bits(&clean), bits(&again), "{}, {level:?}", case.kind);
            }
        }
    }
}
