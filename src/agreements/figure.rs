//! A figure of an indicator: a number that is exact to four decimals, so that what was sent is what
//! is stored, compared and answered on both engines.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use utoipa::openapi::schema::{ObjectBuilder, Type};
use utoipa::openapi::{RefOr, Schema};

/// How many parts one is divided into.
const PARTS: i64 = 10_000;
/// The largest amount of a figure.
const MOST: i64 = 1_000_000_000;

/// A number with at most four decimals.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Figure(i64);

impl Figure {
    /// The figure of so many ten-thousandths.
    #[must_use]
    pub const fn from_parts(parts: i64) -> Self {
        Self(parts)
    }

    /// A figure without decimals.
    #[must_use]
    pub const fn whole(number: i32) -> Self {
        // At most 2^31 times ten thousand, which an i64 holds.
        Self(number as i64 * PARTS)
    }

    /// How many ten-thousandths it is.
    #[must_use]
    pub const fn parts(self) -> i64 {
        self.0
    }

    /// `numerator / denominator × factor`, rounded to four decimals; nothing where that is no
    /// figure.
    #[must_use]
    pub fn ratio(numerator: i64, denominator: i64, factor: i64) -> Option<Self> {
        if denominator <= 0 {
            return None;
        }
        let whole = i128::from(numerator) * i128::from(factor) * i128::from(PARTS);
        let denominator = i128::from(denominator);
        // Half away from zero, as people round.
        let half = if whole < 0 { -denominator } else { denominator };
        let parts = i64::try_from((2 * whole + half) / (2 * denominator)).ok()?;
        (parts.abs() <= MOST * PARTS).then_some(Self(parts))
    }

    /// The sum, where it is a figure.
    #[must_use]
    pub fn plus(self, other: Self) -> Option<Self> {
        self.0
            .checked_add(other.0)
            .filter(|parts| parts.abs() <= MOST * PARTS)
            .map(Self)
    }

    /// As a floating-point number, to draw it and to send it.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "figures stay below 2^53")]
    pub fn as_f64(self) -> f64 {
        self.0 as f64 / PARTS as f64
    }

    fn of(value: f64) -> Option<Self> {
        #[expect(clippy::cast_precision_loss, reason = "both are far below 2^53")]
        let (parts, most) = (value * PARTS as f64, MOST as f64);
        let rounded = parts.round();
        // The tolerance is that of a double at this size, far below a ten-thousandth.
        let exact = (parts - rounded).abs() <= 1e-2;
        #[expect(clippy::cast_possible_truncation, reason = "checked against MOST")]
        (value.abs() <= most && exact).then_some(Self(rounded as i64))
    }
}

/// With a comma, as it is written in Danish and Swedish.
impl fmt::Display for Figure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.0 < 0 { "-" } else { "" };
        let (whole, parts) = (self.0.abs() / PARTS, self.0.abs() % PARTS);
        if parts == 0 {
            return write!(f, "{sign}{whole}");
        }
        let decimals = format!("{parts:04}");
        write!(f, "{sign}{whole},{}", decimals.trim_end_matches('0'))
    }
}

impl Serialize for Figure {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if self.0 % PARTS == 0 {
            serializer.serialize_i64(self.0 / PARTS)
        } else {
            serializer.serialize_f64(self.as_f64())
        }
    }
}

impl<'de> Deserialize<'de> for Figure {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = f64::deserialize(deserializer)?;
        Self::of(value).ok_or_else(|| {
            serde::de::Error::custom("must have at most four decimals and be no larger than 1e9")
        })
    }
}

impl utoipa::PartialSchema for Figure {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(Type::Number)
            .minimum(Some(-1_000_000_000))
            .maximum(Some(1_000_000_000))
            .description(Some("A number with at most four decimals."))
            .examples([serde_json::json!(82.5)])
            .into()
    }
}
impl utoipa::ToSchema for Figure {}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn ha_2_a_ratio_is_rounded_to_four_decimals() {
        assert_eq!(Figure::ratio(1, 3, 100), Some(Figure(333_333)));
        assert_eq!(Figure::ratio(2, 3, 100), Some(Figure(666_667)));
        assert_eq!(Figure::ratio(0, 7, 100), Some(Figure(0)));
        assert_eq!(Figure::ratio(1, 0, 100), None);
        assert_eq!(Figure::ratio(i64::MAX, 1, 1000), None);
    }

    #[test]
    fn a_figure_is_written_with_a_comma() {
        let text = |parts| Figure(parts).to_string();
        assert_eq!(text(825_000), "82,5");
        assert_eq!(text(-12_345), "-1,2345");
        assert_eq!(text(400_000), "40");
    }

    #[test]
    fn more_decimals_are_refused() {
        for wrong in ["0.00001", "1e10", "\"1\"", "82.12345"] {
            assert!(serde_json::from_str::<Figure>(wrong).is_err(), "{wrong}");
        }
        assert_eq!(
            serde_json::from_str::<Figure>("40").ok(),
            Some(Figure(400_000))
        );
    }

    proptest! {
        #[test]
        fn what_was_sent_is_answered(parts in -MOST * PARTS..=MOST * PARTS) {
            let text = serde_json::to_string(&Figure(parts)).unwrap();
            prop_assert_eq!(serde_json::from_str::<Figure>(&text).unwrap(), Figure(parts));
        }
    }
}
