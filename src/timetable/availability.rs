//! When the owner of a time book can: a weekly pattern in local time, days off, extra windows.

use std::fmt;

use chrono::{Datelike as _, NaiveDate, NaiveTime};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use utoipa::ToSchema;
use utoipa::openapi::schema::{ObjectBuilder, Type};
use utoipa::openapi::{RefOr, Schema as OpenApiSchema};
use validator::Validate;

use super::model::TimeTypeId;
use crate::closed_enum;

closed_enum! {
    /// A day of the week: monday (mandag / måndag), tuesday (tirsdag / tisdag), wednesday (onsdag),
    /// thursday (torsdag), friday (fredag), saturday (lørdag / lördag), sunday (søndag / söndag).
    pub enum Weekday {
        /// Monday.
        Monday = "monday",
        /// Tuesday.
        Tuesday = "tuesday",
        /// Wednesday.
        Wednesday = "wednesday",
        /// Thursday.
        Thursday = "thursday",
        /// Friday.
        Friday = "friday",
        /// Saturday.
        Saturday = "saturday",
        /// Sunday.
        Sunday = "sunday",
    }
}

impl Weekday {
    /// Whether `date` is such a day.
    #[must_use]
    pub fn is(self, date: NaiveDate) -> bool {
        let number = Self::ALL.iter().position(|day| *day == self);
        usize::try_from(date.weekday().num_days_from_monday()).ok() == number
    }
}

/// A time of day on the wall, to the minute: `09:00`. `24:00` is the end of the day.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TimeOfDay(u16);

impl TimeOfDay {
    /// Minutes after midnight, at most 1,440.
    #[must_use]
    pub fn from_minutes(minutes: u16) -> Self {
        Self(minutes.min(1440))
    }

    /// Minutes after midnight.
    #[must_use]
    pub fn minutes(self) -> u16 {
        self.0
    }

    /// As chrono's type; none at the end of the day.
    #[must_use]
    pub fn time(self) -> Option<NaiveTime> {
        NaiveTime::from_num_seconds_from_midnight_opt(u32::from(self.0) * 60, 0)
    }
}
impl fmt::Display for TimeOfDay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:02}:{:02}", self.0 / 60, self.0 % 60)
    }
}
impl fmt::Debug for TimeOfDay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
impl Serialize for TimeOfDay {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}
impl<'de> Deserialize<'de> for TimeOfDay {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<str>::deserialize(deserializer)?;
        text.split_once(':')
            .filter(|(hours, minutes)| hours.len() == 2 && minutes.len() == 2)
            .and_then(|(hours, minutes)| {
                let (hours, minutes): (u16, u16) = (hours.parse().ok()?, minutes.parse().ok()?);
                let all = hours * 60 + minutes;
                (minutes < 60 && all <= 1440).then_some(Self(all))
            })
            .ok_or_else(|| serde::de::Error::custom("is not a time of day, as 09:00 is"))
    }
}
impl utoipa::PartialSchema for TimeOfDay {
    fn schema() -> RefOr<OpenApiSchema> {
        ObjectBuilder::new()
            .schema_type(Type::String)
            .pattern(Some("^(([01][0-9]|2[0-3]):[0-5][0-9]|24:00)$"))
            .description(Some(
                "A time of day on the wall, `09:00`; `24:00` is the end of the day.",
            ))
            .examples([serde_json::json!("09:00")])
            .into()
    }
}
impl ToSchema for TimeOfDay {}

/// Times on one day of each week (fast ugentlig tid / fast veckotid). They follow each other
/// without a gap from `from` on; one that would end after `to` is left out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(example = json!({"weekday": "tuesday", "from": "09:00", "to": "12:00", "timeTypeId": "01980f1e-7d2c-7c3a-9b1e-2f6d8a4c5e70"}))]
pub struct WeeklyWindow {
    /// The day of the week.
    pub weekday: Weekday,
    /// When it begins, local time.
    pub from: TimeOfDay,
    /// When it ends, local time; later on the same day.
    pub to: TimeOfDay,
    /// What kind of times are made in it.
    pub time_type_id: TimeTypeId,
    /// The first day on which it holds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub valid_from: Option<NaiveDate>,
    /// The last day on which it holds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub valid_until: Option<NaiveDate>,
}

impl WeeklyWindow {
    /// Whether it holds on `date`.
    #[must_use]
    pub fn holds_on(&self, date: NaiveDate) -> bool {
        self.weekday.is(date)
            && self.valid_from.is_none_or(|from| from <= date)
            && self.valid_until.is_none_or(|until| date <= until)
    }
}

/// A day or period without times (fridag / ledig dag).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(example = json!({"from": "2026-07-01", "to": "2026-07-21"}))]
pub struct DayOff {
    /// The first day.
    pub from: NaiveDate,
    /// The last day; the first one where nothing is said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub to: Option<NaiveDate>,
}

/// Times on one date besides the weekly ones (ekstra tid / extra tid); also on a day off or a
/// public holiday.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(example = json!({"date": "2026-04-11", "from": "10:00", "to": "11:30", "timeTypeId": "01980f1e-7d2c-7c3a-9b1e-2f6d8a4c5e70"}))]
pub struct ExtraWindow {
    /// The date.
    pub date: NaiveDate,
    /// When it begins, local time.
    pub from: TimeOfDay,
    /// When it ends, local time; later on the same day.
    pub to: TimeOfDay,
    /// What kind of times are made in it.
    pub time_type_id: TimeTypeId,
}

/// When the owner of a time book can (ledige tider / tillgänglighet), in local time.
///
/// The order of windows does not matter. Where two overlap, the earlier time stays; of two that
/// begin together the shorter, then the one whose type was made first.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema, Validate)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(example = json!({
    "weekly": [{"weekday": "tuesday", "from": "09:00", "to": "12:00", "timeTypeId": "01980f1e-7d2c-7c3a-9b1e-2f6d8a4c5e70"}],
    "daysOff": [{"from": "2026-07-01", "to": "2026-07-21"}],
    "extra": [],
    "publicHolidaysOff": true
}))]
pub struct Availability {
    /// The weekly pattern.
    #[serde(default)]
    #[schema(max_items = 50)]
    pub weekly: Vec<WeeklyWindow>,
    /// Days without times.
    #[serde(default)]
    #[schema(max_items = 100)]
    pub days_off: Vec<DayOff>,
    /// Times besides the pattern.
    #[serde(default)]
    #[schema(max_items = 200)]
    pub extra: Vec<ExtraWindow>,
    /// Whether the weekly pattern rests on public holidays and the programme's closed days.
    #[serde(default)]
    pub public_holidays_off: bool,
}
