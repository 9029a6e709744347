//! Going around a list.

/// The index `step` places after `at` among `count`, around the ends; 0 where there is none.
pub const fn around(at: usize, step: isize, count: usize) -> usize {
    if count == 0 {
        return 0;
    }
    let forward = if step < 0 {
        count - step.unsigned_abs() % count
    } else {
        step.unsigned_abs()
    };
    (at + forward) % count
}

#[cfg(test)]
mod tests {
    use super::around;

    #[test]
    fn both_ends_are_joined() {
        assert_eq!(around(0, -1, 5), 4);
        assert_eq!(around(4, 1, 5), 0);
        assert_eq!(around(1, 2, 5), 3);
        assert_eq!(around(1, -7, 5), 4);
        assert_eq!(around(0, 1, 0), 0);
    }
}
