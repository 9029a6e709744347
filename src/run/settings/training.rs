//! Settings of the training, the same for both networks, and of its verdict.

use toml::Value;

use super::registry::{
    Access, Flag, FormLine, Group, Kind, Options, Setting, checked, field, from_value, parsed,
    refuse, text, to_value,
};

use crate::evidence::Margin;

/// The recipe; [`crate::training::Recipe::check`] checks it as a whole.
pub static TRAINING: Group = Group {
    title: "Training, the same for both networks",
    settings: &[
        Setting {
            key: "epochs",
            kind: Kind::Whole(1),
            about: "Passes over the training images. Left out: 30, or as many as give 3,000 steps, at most 200.",
            example: "30",
            option: Some(Flag::new(
                Options::Training,
                "N",
                "Passes over the training images [default: 30, more of few images: 3,000 steps]",
            )),
            form: Some(FormLine::typed("epochs", "passes")),
            automatic: Some(|automatic| &mut automatic.epochs),
            access: field!(recipe.epochs),
            ..Setting::PLAIN
        },
        Setting {
            key: "protocol",
            kind: Kind::Choice(&["equal-epochs", "equal-seconds"]),
            about: "\
What both networks have the same of: equal-epochs, or equal-seconds, where the capped network trains for
as many epochs as take the baseline's training time, and its learning rate falls over those. They are found
from timed steps before training and kept in run.toml.",
            option: Some(Flag::new(
                Options::Training,
                "NAME",
                "What both networks have the same of: equal-epochs, or equal-seconds of training [default: equal-epochs]",
            )),
            access: text!(protocol),
            ..Setting::PLAIN
        },
        Setting {
            key: "capped-epochs",
            kind: Kind::Whole(1),
            about: "\
Epochs of the capped network. Left out: those of the baseline; with protocol equal-seconds, as many as
take as long.",
            example: "40",
            option: Some(Flag::new(
                Options::Training,
                "N",
                "Epochs of the capped network [default: as --epochs; of equal-seconds, as many as take as long]",
            )),
            automatic: Some(|automatic| &mut automatic.capped_epochs),
            access: field!(recipe.capped_epochs),
            ..Setting::PLAIN
        },
        Setting {
            key: "batch-size",
            kind: Kind::Whole(1),
            about: "\
Images per step; a partial last batch is dropped. Left out: 128, or the power of two (8 at least)
that leaves 40 steps an epoch where there are fewer images.",
            example: "128",
            option: Some(Flag::new(
                Options::Training,
                "N",
                "Images per step [default: 128, fewer for small datasets]",
            )),
            form: Some(FormLine {
                short_unit: "a step",
                ..FormLine::typed("batch size", "images a step")
            }),
            automatic: Some(|automatic| &mut automatic.batch_size),
            access: field!(recipe.batch_size),
            ..Setting::PLAIN
        },
        Setting {
            key: "learning-rate",
            kind: Kind::Number,
            about: "\
Peak learning rate of SGD; it rises linearly, then falls along a cosine to zero. Left out: 0.1,
below a batch of 128 less by the root of its share.",
            example: "0.1",
            option: Some(Flag::new(
                Options::Training,
                "X",
                "Peak learning rate [default: 0.1, less at batches below 128]",
            )),
            form: Some(FormLine {
                short_unit: "peak",
                ..FormLine::typed("learning rate", "at its peak")
            }),
            automatic: Some(|automatic| &mut automatic.learning_rate),
            access: field!(recipe.learning_rate),
            ..Setting::PLAIN
        },
        Setting {
            key: "baseline-learning-rate",
            kind: Kind::Number,
            about: "Peak learning rate of the baseline alone, in place of learning-rate.",
            example: "0.1",
            option: Some(Flag::new(
                Options::Training,
                "X",
                "Peak learning rate of the baseline alone [default: as --learning-rate]",
            )),
            automatic: Some(|automatic| &mut automatic.baseline_learning_rate),
            access: field!(recipe.baseline_learning_rate),
            ..Setting::PLAIN
        },
        Setting {
            key: "capped-learning-rate",
            kind: Kind::Number,
            about: "Peak learning rate of the capped network alone, in place of learning-rate.",
            example: "0.1",
            option: Some(Flag::new(
                Options::Training,
                "X",
                "Peak learning rate of the capped network alone [default: as --learning-rate]",
            )),
            automatic: Some(|automatic| &mut automatic.capped_learning_rate),
            access: field!(recipe.capped_learning_rate),
            ..Setting::PLAIN
        },
        Setting {
            key: "rate-check",
            kind: Kind::Truth,
            about: "\
Whether three learning rates are tried for each network before training, a third of learning-rate,
itself and three times it, for a few epochs, and the best on the hold-out is trained with. Left out:
true in sweeps and grids, else false. A network whose own rate is given is not checked.",
            example: "true",
            option: Some(Flag::new(
                Options::Training,
                "BOOL",
                "Try three learning rates for each network on the hold-out, and train with the best [default: true in sweeps and grids]",
            )),
            automatic: Some(|automatic| &mut automatic.rate_check),
            access: Access {
                get: |settings| settings.recipe.rate_check.then_some(Value::Boolean(true)),
                ..field!(recipe.rate_check)
            },
            ..Setting::PLAIN
        },
        Setting {
            key: "warmup-epochs",
            kind: Kind::Number,
            about: "Epochs over which the learning rate rises. Left out: 1, or what 100 steps take, at most a fifth of all epochs.",
            example: "1.0",
            option: Some(Flag::new(
                Options::Training,
                "X",
                "Epochs of linear warm-up [default: 1, or what 100 steps take; a fifth of the epochs at most]",
            )),
            form: Some(FormLine::typed("warm-up", "epochs")),
            automatic: Some(|automatic| &mut automatic.warmup_epochs),
            access: field!(recipe.warmup_epochs),
            ..Setting::PLAIN
        },
        Setting {
            key: "momentum",
            kind: Kind::Number,
            about: "Nesterov momentum, at least 0 and below 1.",
            option: Some(Flag::new(
                Options::Training,
                "X",
                "Nesterov momentum [default: 0.9]",
            )),
            form: Some(FormLine::typed("momentum", "Nesterov")),
            access: field!(recipe.momentum),
            ..Setting::PLAIN
        },
        Setting {
            key: "weight-decay",
            kind: Kind::Number,
            about: "L2 penalty on weights.",
            option: Some(Flag::new(
                Options::Training,
                "X",
                "L2 penalty on weights [default: 0.0005]",
            )),
            form: Some(FormLine::typed("weight decay", "on weights")),
            access: field!(recipe.weight_decay),
            ..Setting::PLAIN
        },
        Setting {
            key: "augment",
            kind: Kind::Truth,
            about: "Whether training images are shifted at random, and mirrored as `mirror` says.",
            option: Some(Flag::new(
                Options::Training,
                "BOOL",
                "Whether training images are shifted and, as --mirror says, mirrored [default: true]",
            )),
            form: Some(FormLine::chosen("augment", "random crop")),
            access: field!(recipe.augment),
            ..Setting::PLAIN
        },
        Setting {
            key: "crop-padding",
            kind: Kind::Whole(0),
            about: "Pixels of padding before the random crop. Left out: an eighth of the shorter side, 4 at 32.",
            example: "4",
            option: Some(Flag::new(
                Options::Training,
                "N",
                "Pixels of padding before the random crop [default: an eighth of the shorter side]",
            )),
            automatic: Some(|automatic| &mut automatic.crop_padding),
            access: field!(recipe.crop_padding),
            ..Setting::PLAIN
        },
        Setting {
            key: "mirror",
            kind: Kind::Choice(&["auto", "on", "off"]),
            about: "\
Whether half of the training images are mirrored: on, off, or auto, which mirrors the photographs of
published datasets (cifar10, cifar100, stl10, imagenet32) and nothing else.",
            option: Some(Flag::new(
                Options::Training,
                "WHEN",
                "Mirror half of the training images: on, off, or auto (only photographs of published datasets) [default: auto]",
            )),
            form: Some(FormLine::chosen("mirror", "auto, on, off")),
            access: text!(recipe.mirror),
            ..Setting::PLAIN
        },
        Setting {
            key: "holdout",
            kind: Kind::Number,
            about: "\
Share of the training images of every class that is held out: no network is trained on them, and what
is chosen (depth in a sweep, learning rate, when to stop) is chosen on them, so that the test images are
used once, at the end. Left out: 0.1 in sweeps and grids and with rate-check or patience, else none.",
            example: "0.1",
            option: Some(Flag::new(
                Options::Training,
                "SHARE",
                "Hold out this share of the training images for choosing, and test only at the end [default: 0.1 in sweeps, grids and with --rate-check]",
            )),
            form: Some(FormLine {
                scale: 100.0,
                unset: Some("none"),
                short_unit: "% train",
                ..FormLine::typed("hold-out", "% of training")
            }),
            automatic: Some(|automatic| &mut automatic.holdout),
            access: field!(recipe.holdout, |share: &Option<f64>| refuse(
                share.is_some_and(|share| !(share > 0.0 && share < 1.0)),
                "holdout must be above 0 and below 1 (0.1 holds out a tenth of the training images)"
            )),
            ..Setting::PLAIN
        },
        Setting {
            key: "patience",
            kind: Kind::Whole(1),
            about: "\
Epochs without a better accuracy on the hold-out after which a network stops; its best epoch is tested and
kept. The same rule for both networks. Left out: every network trains all its epochs.",
            example: "10",
            option: Some(Flag::new(
                Options::Training,
                "N",
                "Stop a network after N epochs without a better accuracy on the hold-out, and keep its best epoch [default: train all epochs]",
            )),
            access: field!(recipe.patience, |patience: &Option<usize>| refuse(
                *patience == Some(0),
                "patience must be at least 1 epoch"
            )),
            ..Setting::PLAIN
        },
        Setting {
            key: "seeds",
            kind: Kind::Seeds,
            about: "One paired training for each seed. A verdict needs at least five.",
            option: Some(Flag::new(
                Options::Training,
                "LIST",
                "Seeds, a paired training each: 1,2,3 or 1..5 [default: 1]",
            )),
            form: Some(FormLine::typed("seeds", "1,2,3 or 1..5")),
            access: field!(recipe.seeds),
            ..Setting::PLAIN
        },
    ],
};

/// What counts as no worse.
pub static VERDICT: Group = Group {
    title: "Verdict",
    settings: &[
    Setting {
        key: "margin",
        kind: Kind::Share,
        about: "\
The capped network may be worse than the baseline by this much and still count as no
worse: a fraction of accuracy, 0.01 is one percentage point, or in quotes a share of the
baseline's error, '10%'. Declare it before training.",
        option: Some(Flag::new(
            Options::Training,
            "X",
            "Largest loss of accuracy that still counts as non-inferior: a fraction, or a share of the baseline's error such as 10% [default: 0.01]",
        )),
        form: Some(FormLine {
            scale: 100.0,
            ..FormLine::typed("margin", "points")
        }),
        access: field!(margin, |margin: &Margin| margin
            .checked()
            .map(drop)
            .map_err(|error| error.to_string())),
        ..Setting::PLAIN
    },
    Setting {
        key: "looks",
        kind: Kind::Counts,
        about: "\
Numbers of seeds after which the difference is tested; the last one is the number of all seeds: 5, 10, 15.
Training stops at the first test that decides. O'Brien-Fleming bounds (Lan-DeMets spending function) keep
the overall chance of a wrong verdict at that of a single test. Left out: one test, after all seeds.",
        example: "[5, 10, 15]",
        option: Some(Flag::new(
            Options::Training,
            "LIST",
            "Test after these numbers of seeds and stop at the first test that decides: 5,10,15 [default: one test, after all seeds]",
        )),
        access: field!(looks),
        ..Setting::PLAIN
    },
    Setting {
        key: "target-accuracy",
        kind: Kind::Number,
        about: "\
Accuracy in percent to which the seconds of training of both networks are counted: on the hold-out, or
on the test images where nothing is held out. Left out: the baseline's after its last epoch, mean over
seeds, less the margin.",
        example: "90.0",
        option: Some(Flag::new(
            Options::Training,
            "PERCENT",
            "Count the seconds until each network first reaches this accuracy on the hold-out (else on the test images) [default: the baseline's last, less the margin]",
        )),
        access: field!(target_accuracy, |target: &Option<f64>| refuse(
            target.is_some_and(|target| !(target > 0.0 && target <= 100.0)),
            "target-accuracy must be above 0 and at most 100 percent"
        )),
        ..Setting::PLAIN
    }],
};
