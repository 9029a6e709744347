//! Seeds as they are given: numbers and ranges.

use super::Error;

/// Reads seeds such as `1,2,3`, `1..5` (which holds 5) or `1..3,7`.
///
/// # Errors
/// [`Error::Setting`] where a part is no whole number or range, a range runs backwards or is
/// longer than 1,000, or a seed is given twice.
pub fn parse_seeds(text: &str) -> Result<Vec<u64>, Error> {
    const LONGEST_RANGE: u64 = 1_000;
    let wrong = |sentence: String| Err(Error::Setting(sentence));
    let mut seeds = Vec::new();
    for part in text.split(',').map(str::trim) {
        let number = |number: &str| {
            number.trim().parse::<u64>().map_err(|_| {
                Error::Setting(format!(
                    "seeds '{text}': '{part}' is neither a whole number nor a range such as 1..5"
                ))
            })
        };
        let (first, last) = match part.split_once("..") {
            Some((first, last)) => (number(first)?, number(last)?),
            None => (number(part)?, number(part)?),
        };
        if last < first {
            return wrong(format!(
                "seeds '{text}': the range {part} runs backwards: write {last}..{first}"
            ));
        }
        if last - first >= LONGEST_RANGE {
            return wrong(format!(
                "seeds '{text}': the range {part} holds more than {LONGEST_RANGE} seeds"
            ));
        }
        for seed in first..=last {
            if seeds.contains(&seed) {
                return wrong(format!("seeds '{text}': seed {seed} is given twice"));
            }
            seeds.push(seed);
        }
    }
    Ok(seeds)
}

/// Seeds as they are typed: `1..5` for three or more in a row.
#[must_use]
pub fn show_seeds(seeds: &[u64]) -> String {
    let mut parts: Vec<String> = Vec::new();
    let mut rest = seeds;
    while let Some(&first) = rest.first() {
        let row = rest
            .iter()
            .zip(0_u64..)
            .take_while(|(seed, offset)| **seed == first.wrapping_add(*offset))
            .count();
        if row > 2 {
            parts.push(format!("{first}..{}", rest[row - 1]));
            rest = &rest[row..];
        } else {
            parts.push(first.to_string());
            rest = &rest[1..];
        }
    }
    parts.join(",")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn seeds_are_numbers_ranges_or_both() {
        assert_eq!(parse_seeds("1,2,3").unwrap(), [1, 2, 3]);
        assert_eq!(parse_seeds("1..5").unwrap(), [1, 2, 3, 4, 5]);
        assert_eq!(parse_seeds(" 7, 1..2 ,9").unwrap(), [7, 1, 2, 9]);
        for wrong in ["", "1,,2", "a", "5..1", "1..2,2", "-1", "1..", "0..9999999"] {
            let said = parse_seeds(wrong).unwrap_err().to_string();
            assert!(said.starts_with("seeds '"), "{wrong}: {said}");
        }
    }

    #[test]
    fn seeds_are_shown_as_they_are_read() {
        for seeds in [vec![1, 2, 3, 4, 5], vec![7, 1, 2, 3], vec![1, 2], vec![9]] {
            let text = show_seeds(&seeds);
            assert_eq!(parse_seeds(&text).ok(), Some(seeds), "{text}");
        }
        assert_eq!(show_seeds(&[7, 1, 2, 3]), "7,1..3");
        assert_eq!(show_seeds(&[1, 2]), "1,2");
    }
}
