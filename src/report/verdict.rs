//! The verdict in words and tables, with what the test images say of each seed.

use super::escape::markdown;
use super::parts::row;
use crate::evidence::{Look, MIN_SEEDS, PValues, rounded_p};
use crate::format::{count, known, signed};
use crate::run::Summary;

/// The section on the verdict.
pub(super) fn paragraphs(summary: &Summary) -> Vec<String> {
    let mut paragraphs = vec![
        "## The verdict".to_owned(),
        format!(
            "**{}**: {}.",
            summary.verdict.outcome,
            markdown(&summary.verdict.reason)
        ),
        format!(
            "The difference is capped minus baseline test accuracy over paired seeds, its interval the two-sided 95 % paired t interval, judged against a margin of {} that was declared before training. Fewer than {MIN_SEEDS} seeds give no verdict.",
            summary.verdict.margin_in_words()
        ),
    ];
    let over_images = summary.verdict.difference_over_images;
    if let Some([low, high]) = over_images.and_then(|one| one.interval) {
        paragraphs.push(format!(
            "Over seeds and test images at once, by the pigeonhole bootstrap (Owen 2007), the 95 % interval is {} to {} points. The wider of the two intervals decides, here the one over {}.",
            signed(low * 100.0, 2),
            signed(high * 100.0, 2),
            if summary.verdict.is_decided_over_images() {
                "seeds and test images"
            } else {
                "seeds"
            }
        ));
    }
    paragraphs.extend(looks(&summary.verdict.looks));
    paragraphs.extend(summary.verdict.p_values.map(p_values));
    paragraphs
}

/// What was found at each look of a group-sequential design.
fn looks(looks: &[Look]) -> Option<String> {
    let rows = looks.iter().map(|look| {
        let [low, high] = look.interval.map(|end| signed(end * 100.0, 2));
        let cells = [
            look.seeds.to_string(),
            format!("{:.3}", look.bound),
            rounded_p(look.level),
            format!("{low} to {high}"),
            look.outcome.to_string(),
        ];
        row(cells.each_ref().map(String::as_str))
    });
    let table = [
        row([
            "seeds",
            "bound, z",
            "one-sided level",
            "interval, points",
            "outcome",
        ]),
        "| ---: | ---: | ---: | ---: | --- |".to_owned(),
    ];
    let said = "The difference was tested after several numbers of seeds, against O'Brien-Fleming bounds (Lan-DeMets spending function), which keep the overall chance of a wrong verdict at that of a single test. The p-values below are those of a single test.";
    (!looks.is_empty()).then(|| {
        format!(
            "{said}\n\n{}",
            table.into_iter().chain(rows).collect::<Vec<_>>().join("\n")
        )
    })
}

/// The tests of the differences, side by side.
fn p_values(p: PValues) -> String {
    let line = |question: &str, values: [Option<f64>; 3]| {
        let [t, ranks, signs] = values.map(|p| known(p, rounded_p));
        row([question, &t, &ranks, &signs])
    };
    let table = [
        row([
            "p-value that the networks",
            "t test",
            "Wilcoxon",
            "sign test",
        ]),
        "| --- | ---: | ---: | ---: |".to_owned(),
        line(
            "differ by a loss of the margin or more",
            [
                p.non_inferiority,
                p.non_inferiority_wilcoxon,
                p.non_inferiority_sign,
            ],
        ),
        line(
            "differ by the margin or more, on either side (TOST)",
            [p.equivalence, None, None],
        ),
        line(
            "do not differ",
            [p.difference, p.difference_wilcoxon, p.difference_sign],
        ),
    ];
    table.join("\n")
}

/// What the test images say of each seed's pair.
pub(super) fn over_images(summary: &Summary) -> Option<String> {
    let mut table = vec![
        row([
            "seed",
            "difference, points",
            "95 % over images",
            "right by the baseline alone",
            "by the capped alone",
            "McNemar's p",
        ]),
        "| ---: | ---: | ---: | ---: | ---: | ---: |".to_owned(),
    ];
    for seed in &summary.seeds {
        let images = seed.images?;
        table.push(row([
            &seed.seed.to_string(),
            &signed(images.difference * 100.0, 2),
            &known(images.interval, |[low, high]| {
                format!("{} to {}", signed(low * 100.0, 2), signed(high * 100.0, 2))
            }),
            &count(images.only_baseline as u64),
            &count(images.only_capped as u64),
            &rounded_p(images.mcnemar),
        ]));
    }
    let said = "Image by image on the test set, after the last epoch; each interval is a paired bootstrap over images (BCa) and speaks of that pair of trained networks alone.";
    (table.len() > 2).then(|| format!("{said}\n\n{}", table.join("\n")))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::run::fixture;

    #[test]
    fn tests_are_shown_from_two_seeds_on_and_images_where_they_are_recorded() {
        let mut summary = fixture::run(&[1, 2, 3], 2, 2).summary.unwrap();
        let text = paragraphs(&summary).join("\n\n");
        for part in ["p-value that the networks", "TOST", "| do not differ |"] {
            assert!(text.contains(part), "{text}");
        }
        assert_eq!(over_images(&summary), None);
        let flags = |wrong: usize| -> Vec<bool> { (0..200).map(|image| image >= wrong).collect() };
        for seed in &mut summary.seeds {
            seed.images = crate::evidence::compare_images(&flags(30), &flags(20));
        }
        let text = over_images(&summary).unwrap();
        assert!(
            text.contains("| 3 | +5.00 |") && text.contains("| 0 | 10 | 0.002 |"),
            "{text}"
        );
        summary.verdict.p_values = None;
        assert_eq!(paragraphs(&summary).len(), 3);
    }
}
