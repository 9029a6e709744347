//! NaN and infinities through every operation, forwards and backwards, beside what `PyTorch` makes of them.
//!
//! The contract: a result is not finite where `PyTorch`'s is not, and is the same of NaN and the two infinities; a
//! convolution in tiles ([`winograd`]) may turn an infinity into NaN and spread over a tile. Products with a border of
//! zeros count, which makes a weight that is not finite reach further than in some of `PyTorch`'s kernels, and
//! the gradient of `SiLU` that burn composes is NaN where `PyTorch`'s own is infinite.

mod convolutions;
mod layers;

use std::collections::HashMap;

use serde::Deserialize;

use super::super::norm::activated;
use super::*;

/// What `benches/pytorch_reference.py not-finite` writes.
#[derive(Deserialize)]
struct Golden {
    places: HashMap<String, Places>,
    normalised: Vec<NormalisedCase>,
    convolutions: Vec<ConvolutionCase>,
    layers: HashMap<String, Layer>,
    descent: DescentCase,
}

/// Indices and the numbers that stand there in place of hashed ones.
type Places = Vec<(usize, String)>;

/// Runs of NaN (`n`), infinities (`+`, `-`) and finite numbers (`f`), and the norm of the finite ones.
#[derive(Deserialize)]
struct Classes {
    classes: String,
    norm: f64,
}

#[derive(Deserialize)]
struct NormalisedCase {
    activation: String,
    residual: bool,
    trained: HashMap<String, Classes>,
    evaluated: Classes,
}

#[derive(Deserialize)]
struct ConvolutionCase {
    kind: String,
    images: usize,
    groups: usize,
    inputs: usize,
    outputs: usize,
    side: usize,
    kernel: usize,
    stride: usize,
    found: Vec<Found>,
}

#[derive(Deserialize)]
struct Found {
    of: String,
    index: usize,
    value: String,
    output: Classes,
    by_input: Classes,
    by_weight: Classes,
}

#[derive(Deserialize)]
struct Layer {
    output: Classes,
    by: Vec<Classes>,
}

#[derive(Deserialize)]
struct DescentCase {
    places: Vec<Places>,
    weight: Classes,
}

fn golden() -> Golden {
    serde_json::from_str(include_str!("../../../benches/pytorch_not_finite.json")).unwrap()
}

impl Classes {
    fn letters(&self) -> Vec<char> {
        let mut letters = Vec::new();
        let mut count = 0;
        for letter in self.classes.chars() {
            if let Some(digit) = letter.to_digit(10) {
                count = 10 * count + digit as usize;
            } else {
                letters.resize(letters.len() + count, letter);
                count = 0;
            }
        }
        letters
    }

    /// Every number is of the same class, and the finite ones have the same norm.
    fn is_met_by(&self, ours: &[f32], what: &str) {
        let found: String = ours.iter().copied().map(letter).collect();
        assert_eq!(found, String::from_iter(self.letters()), "{what}");
        let finite = ours.iter().filter(|number| number.is_finite());
        let norm = finite.map(|&x| f64::from(x).powi(2)).sum::<f64>().sqrt();
        assert!(
            (norm - self.norm).abs() <= 1e-4 * self.norm.max(1.0),
            "{what}: norm {norm}, PyTorch has {}",
            self.norm
        );
    }

    /// What is not finite in `PyTorch` is not finite, and of the rest only what `may_spread` from such a number.
    fn is_covered_by(&self, ours: &[f32], may_spread: impl Fn(usize, usize) -> bool, what: &str) {
        let theirs = self.letters();
        assert_eq!(ours.len(), theirs.len(), "{what}");
        for (at, (&number, &letter)) in ours.iter().zip(&theirs).enumerate() {
            if letter == 'f' {
                let spread =
                    || (0..theirs.len()).any(|from| theirs[from] != 'f' && may_spread(from, at));
                assert!(number.is_finite() || spread(), "{what}: {number} at {at}");
            } else {
                assert!(
                    !number.is_finite(),
                    "{what}: {number} at {at}, not {letter}"
                );
            }
        }
    }
}

fn letter(number: f32) -> char {
    match number {
        number if number.is_nan() => 'n',
        number if number.is_finite() => 'f',
        number if number > 0.0 => '+',
        _ => '-',
    }
}

/// Hashed numbers with those of `places` in their places.
fn placed(
    seed: u32,
    count: usize,
    places: &[(usize, String)],
    [scale, shift]: [f32; 2],
) -> Vec<f32> {
    let mut values = numbers(count, seed);
    for value in &mut values {
        *value = shift + scale * *value;
    }
    for (index, value) in places {
        values[*index] = value.parse().unwrap();
    }
    values
}

const PLAIN: [f32; 2] = [1.0, 0.0];

#[test]
fn normalisations_pass_on_what_is_not_finite() {
    const EPSILON: f64 = 1e-3;
    let golden = golden();
    let extent = Extent {
        images: 2,
        channels: 16,
        pixels: 19,
    };
    let operand = |name: &str, seed, count, by| placed(seed, count, &golden.places[name], by);
    let input = operand("input", 1, 608, PLAIN);
    let added = operand("residual", 2, 608, PLAIN);
    let scale = operand("scale", 3, 16, PLAIN);
    let shift = operand("shift", 4, 16, PLAIN);
    let gradient = operand("gradient", 5, 608, PLAIN);
    let mean = operand("mean", 6, 16, PLAIN);
    let variance = operand("variance", 7, 16, [0.4, 0.5]);
    assert_eq!(golden.normalised.len(), 5);
    for case in &golden.normalised {
        let activation = match case.activation.as_str() {
            "none" => Activation::None,
            "relu" => Activation::Relu,
            _ => Activation::Silu,
        };
        let residual = case.residual.then_some(&added[..]);
        for &level in Level::available() {
            let what = |of: &str| {
                format!(
                    "{of}, {activation:?}, residual {}, {level:?}",
                    case.residual
                )
            };
            let operands = [&input[..], &scale, &shift];
            let (result, by) = normalise_both_ways(
                level, extent, operands, residual, EPSILON, activation, &gradient,
            );
            let values = extent.images * extent.pixels;
            let unbiased = values as f32 / (values - 1) as f32;
            let running: Vec<f32> = result.variance.iter().map(|v| v * unbiased).collect();
            for (of, ours) in [
                ("output", &result.output),
                ("mean", &result.mean),
                ("variance", &running),
                ("by_input", &by.input),
                ("by_scale", &by.scale),
                ("by_shift", &by.shift),
            ] {
                case.trained[of].is_met_by(ours, &what(of));
            }
            if let Some(ours) = &by.residual {
                case.trained["by_residual"].is_met_by(ours, &what("by_residual"));
            }
            let parameters = Parameters {
                scale: &scale,
                shift: &shift,
                mean: &mean,
                variance: &variance,
                epsilon: EPSILON,
            };
            let ours = activated(level, extent, &input, residual, parameters, activation);
            case.evaluated.is_met_by(&ours, &what("evaluated"));
        }
    }
}
