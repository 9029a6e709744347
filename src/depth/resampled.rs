//! What resampled caps say of a cap.

use crate::format;

/// The ends of the middle 95 % of ascending caps.
pub(super) fn interval(caps: &[usize]) -> Option<[usize; 2]> {
    let last = caps.len().checked_sub(1)?;
    let outside = caps.len() * 25 / 1000;
    Some([caps[outside], caps[last - outside]])
}

/// How often ascending resampled caps differ from `cap`, as a sentence; the commonest other cap comes first.
pub(super) fn fragility(cap: usize, caps: &[usize]) -> String {
    if caps.is_empty() {
        return "not resampled".to_owned();
    }
    let total = format::count(caps.len() as u64);
    let mut others: Vec<(usize, usize)> = caps
        .chunk_by(|left, right| left == right)
        .map(|equal| (equal[0], equal.len()))
        .filter(|&(other, _)| other != cap)
        .collect();
    others.sort_by_key(|&(_, count)| std::cmp::Reverse(count));
    let Some(((first, count), rest)) = others.split_first() else {
        return format!("steady: all {total} resamples give {cap}");
    };
    let give = |count: usize| if count == 1 { "gives" } else { "give" };
    let mut clauses = vec![format!(
        "{} of {total} resamples {} {first}",
        format::count(*count as u64),
        give(*count)
    )];
    clauses.extend(
        rest.iter().map(|&(other, count)| {
            format!("{} {} {other}", format::count(count as u64), give(count))
        }),
    );
    clauses.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sentences() {
        assert_eq!(fragility(22, &[]), "not resampled");
        assert_eq!(
            fragility(22, &[22; 1000]),
            "steady: all 1,000 resamples give 22"
        );
        let caps = [vec![21; 2], vec![22; 988], vec![23; 9], vec![24; 1]].concat();
        assert_eq!(
            fragility(22, &caps),
            "9 of 1,000 resamples give 23, 2 give 21, 1 gives 24"
        );
        assert_eq!(interval(&caps), Some([22, 22]));
    }
}
