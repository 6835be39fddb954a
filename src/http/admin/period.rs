//! From when until when a report goes.

use chrono::{DateTime, NaiveDate, NaiveDateTime, TimeDelta};
use serde::Serialize;
use utoipa::ToSchema;

use crate::clock::{Millis, rfc3339};
use crate::error::{ApiError, invalid};
use crate::models::usage_report::By;

/// What a report by the hour may cover.
const HOURLY_MAX: TimeDelta = TimeDelta::days(93);

/// What any report may cover: as long as statistics can be kept.
const SPAN_MAX: TimeDelta = TimeDelta::days(3_660);

/// A span of time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Period {
    /// Its first moment.
    pub from: NaiveDateTime,
    /// The moment after its last.
    pub to: NaiveDateTime,
}

/// What an answer says about it.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct PeriodView {
    /// The first hour.
    #[schema(example = "2026-11-16T00:00:00.000Z")]
    pub from: String,
    /// The end, which is not part of it.
    #[schema(example = "2026-11-23T14:00:00.000Z")]
    pub to: String,
}

impl Period {
    /// As asked for; without an end until now, without a beginning `usual` long.
    pub fn parse(
        from: Option<&str>,
        to: Option<&str>,
        usual: TimeDelta,
        now: Millis,
    ) -> Result<Self, ApiError> {
        let to = to.map(|text| moment("to", text)).transpose()?.unwrap_or_else(|| now.naive());
        let from = from.map(|text| moment("from", text)).transpose()?;
        let from = from.or_else(|| to.checked_sub_signed(usual)).unwrap_or(to);
        if from > to {
            return Err(invalid("from", "`from` must be before `to`"));
        }
        if to - from > SPAN_MAX {
            return Err(invalid("from", "a report covers ten years at most"));
        }
        Ok(Self { from, to })
    }

    /// Whole hours, which is how statistics are kept.
    pub fn in_hours(self, by: By) -> Result<Self, ApiError> {
        let from = floor(self.from);
        let up = if floor(self.to) == self.to { TimeDelta::zero() } else { TimeDelta::hours(1) };
        let this = Self { from, to: floor(self.to) + up };
        if by == By::Hour && this.to - this.from > HOURLY_MAX {
            return Err(invalid("by", "by the hour a report covers 93 days at most; use `by=day`"));
        }
        Ok(this)
    }

    /// For an answer.
    pub fn view(self) -> PeriodView {
        PeriodView { from: rfc3339(self.from), to: rfc3339(self.to) }
    }
}

/// RFC 3339, or a day, which stands for its first moment in UTC.
pub fn moment(name: &'static str, text: &str) -> Result<NaiveDateTime, ApiError> {
    // In a query `+` stands for a space.
    let text = text.replace(' ', "+");
    let exact = DateTime::parse_from_rfc3339(&text).map(|at| at.naive_utc());
    let day = || text.parse::<NaiveDate>().ok()?.and_hms_opt(0, 0, 0);
    let found = exact.ok().or_else(day);
    let years = NaiveDate::from_ymd_opt(2000, 1, 1).zip(NaiveDate::from_ymd_opt(2200, 1, 1));
    let sane = found.filter(|at| years.is_some_and(|(a, b)| a <= at.date() && at.date() < b));
    sane.ok_or_else(|| {
        let words = "must be a time as 2026-11-23T14:00:00Z or a day as 2026-11-23";
        invalid(name, format!("`{name}` {words}"))
    })
}

fn floor(at: NaiveDateTime) -> NaiveDateTime {
    const HOUR_MS: i64 = 3_600_000;
    Millis(Millis::from(at).0.div_euclid(HOUR_MS) * HOUR_MS).naive()
}

/// A period's name, as the reports read it from the database, for an answer: an hour in RFC 3339,
/// a day, or nothing.
pub fn told(period: &str) -> Option<String> {
    match NaiveDateTime::parse_from_str(period, "%F %T") {
        Ok(hour) => Some(rfc3339(hour)),
        Err(_) => Some(period.to_owned()).filter(|period| !period.is_empty()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Millis = Millis(1_763_900_000_000);

    fn period(from: &str, to: &str) -> Option<(String, String)> {
        let given = |text: &'static str| Some(text).filter(|text| !text.is_empty());
        let (from, to) = (from.to_owned().leak(), to.to_owned().leak());
        let parsed = Period::parse(given(from), given(to), TimeDelta::days(1), NOW).ok()?;
        let PeriodView { from, to } = parsed.in_hours(By::None).ok()?.view();
        Some((from, to))
    }

    #[test]
    fn moments_and_whole_hours() {
        let whole = |from: &str, to: &str| {
            let rest = ":00:00.000Z";
            Some((format!("{from}{rest}"), format!("{to}{rest}")))
        };
        assert_eq!(period("", ""), whole("2025-11-22T12", "2025-11-23T13"));
        assert_eq!(period("2025-01-01", "2025-01-02"), whole("2025-01-01T00", "2025-01-02T00"));
        let zone = period("2025-01-01T01:30:00 01:00", "2025-01-01T00:30:01Z");
        assert_eq!(zone, whole("2025-01-01T00", "2025-01-01T01"));
        for (from, to) in
            [("x", ""), ("2025-01-02", "2025-01-01"), ("2001-01-01", ""), ("", "0001-01-01")]
        {
            assert_eq!(period(from, to), None, "{from} {to}");
        }
    }

    #[test]
    fn names_of_periods() {
        let names = ["2025-01-01 07:00:00", "2025-01-01", ""].map(told);
        let expected = [Some("2025-01-01T07:00:00.000Z"), Some("2025-01-01"), None];
        assert_eq!(names, expected.map(|name| name.map(str::to_owned)));
    }
}
