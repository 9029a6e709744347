//! Numbers as they are shown: those of [`crate::format`], estimates and times.

pub use crate::format::{
    UNKNOWN, about, bytes, clock, count, cut, cut_middle, digits, fixed, known, large, percent,
    percent_interval, signed, significant, ticks,
};

use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::evidence::Estimate;

/// A fraction with its interval, in percent, without the sign: `31.4 ± 0.6`; [`UNKNOWN`] where there is none.
pub fn percent_estimate(estimate: Option<Estimate>) -> String {
    known(estimate, |estimate| {
        crate::format::percent_interval(estimate.mean, estimate.interval, 1)
    })
}

/// A time in `width` columns: `2026-11-24 14:02`, or `today 14:02`, `23 Nov 18:05`, `2025-12-31`, or shorter.
pub fn when(created: Timestamp, now: Timestamp, zone: &TimeZone, width: usize) -> String {
    let (created, now) = (
        created.to_zoned_datetime(zone.clone()),
        now.to_zoned_datetime(zone.clone()),
    );
    let [today, this_year, earlier] = match width {
        16.. => ["today %H:%M", "%Y-%m-%d %H:%M", "%Y-%m-%d %H:%M"],
        12.. => ["today %H:%M", "%d %b %H:%M", "%Y-%m-%d"],
        _ => ["%H:%M", "%d %b", "%Y-%m"],
    };
    let style = if created.date() == now.date() {
        today
    } else if created.year() == now.year() {
        this_year
    } else {
        earlier
    };
    created.strftime(style).to_string()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::tui::fixtures;

    #[test]
    fn times_are_said_as_one_would() {
        let now = fixtures::now();
        let say = |text: &str, width| when(text.parse().unwrap(), now, &TimeZone::UTC, width);
        assert_eq!(say("2026-11-24T09:40:00Z", 12), "today 09:40");
        assert_eq!(say("2026-11-23T18:05:00Z", 12), "23 Nov 18:05");
        assert_eq!(say("2025-12-31T23:10:00Z", 12), "2025-12-31");
        assert_eq!(say("2026-11-23T18:05:00Z", 16), "2026-11-23 18:05");
        assert_eq!(say("2026-11-23T18:05:00Z", 7), "23 Nov");
    }
}
