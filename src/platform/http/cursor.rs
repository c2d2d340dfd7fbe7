//! Pages: an opaque cursor that says where the page before ended.
//!
//! A cursor is a sort key (an instant or a date as a number) and an id with a tag over both and
//! over the filters, so that it cannot be made up or used with other filters. It holds no
//! personal data (ID-6).

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use chrono::{Datelike as _, NaiveDate};
use serde::{Deserialize, Serialize};
use utoipa::openapi::schema::{ObjectBuilder, Type};
use utoipa::openapi::{RefOr, Schema};
use uuid::Uuid;

use crate::platform::crypto::{KeyRing, same};
use crate::platform::error::{Error, ProblemCode, Result};
use crate::platform::id::Id;

/// How many items a page has: 1 to 100, 20 where nothing is said.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(transparent)]
pub struct Limit(i64);

impl Default for Limit {
    fn default() -> Self {
        Self(20)
    }
}
impl Limit {
    /// As a count of rows.
    #[must_use]
    pub fn rows(self) -> i64 {
        self.0
    }
}
impl utoipa::PartialSchema for Limit {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(Type::Integer)
            .minimum(Some(1))
            .maximum(Some(100))
            .default(Some(20.into()))
            .into()
    }
}
impl utoipa::ToSchema for Limit {}

/// A cursor as it is sent: opaque.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Cursor(String);

impl utoipa::PartialSchema for Cursor {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(Type::String)
            .pattern(Some("^[A-Za-z0-9_-]{1,128}$"))
            .into()
    }
}
impl utoipa::ToSchema for Cursor {}

/// Where a page begins: behind the row with this sort key and id.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Position {
    /// Microseconds of the instant, or days of the date, that the list is sorted by.
    pub key: i64,
    /// The id of the row, which decides among equals.
    pub id: Uuid,
}

const TAG: usize = 12;

impl Cursor {
    /// The cursor behind `position`, for the list that `filters` describes.
    #[must_use]
    pub fn seal(keys: &KeyRing, filters: &str, position: Position) -> Self {
        let mut bytes = position.key.to_be_bytes().to_vec();
        bytes.extend_from_slice(position.id.as_bytes());
        let tag = keys.cursor_tag(&[filters.as_bytes(), &bytes]);
        bytes.extend_from_slice(tag.get(..TAG).unwrap_or_default());
        Self(BASE64.encode(bytes))
    }

    /// The position, if the cursor was made for these filters.
    pub fn open(&self, keys: &KeyRing, filters: &str) -> Result<Position> {
        let invalid = || {
            Error::problem(
                ProblemCode::InvalidCursor,
                "The cursor was not made for these filters and this sort order.",
            )
        };
        let bytes = BASE64.decode(&self.0).map_err(|_| invalid())?;
        let (position, tag) = bytes.split_at_checked(24).ok_or_else(invalid)?;
        let expected = keys.cursor_tag(&[filters.as_bytes(), position]);
        if !same(tag, expected.get(..TAG).unwrap_or_default()) {
            return Err(invalid());
        }
        let (key, id) = position.split_at_checked(8).ok_or_else(invalid)?;
        Ok(Position {
            key: i64::from_be_bytes(key.try_into().map_err(|_| invalid())?),
            id: Uuid::from_slice(id).map_err(|_| invalid())?,
        })
    }

    /// As text, for the `Link` header.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Position {
    /// The row with this date and id.
    #[must_use]
    pub fn on<T>(date: NaiveDate, id: Id<T>) -> Self {
        Self {
            key: i64::from(date.num_days_from_ce()),
            id: id.uuid(),
        }
    }

    /// The row with this id, in a list that is sorted by nothing else.
    #[must_use]
    pub fn of<T>(id: Id<T>) -> Self {
        Self {
            key: 0,
            id: id.uuid(),
        }
    }

    /// The date of the row, in a list that is sorted by one.
    #[must_use]
    pub fn date(self) -> NaiveDate {
        i32::try_from(self.key)
            .ok()
            .and_then(NaiveDate::from_num_days_from_ce_opt)
            .unwrap_or_default()
    }

    /// The id as an id of `T`.
    #[must_use]
    pub fn id<T>(self) -> Id<T> {
        Id::from_uuid(self.id)
    }
}

/// Where a list goes on: behind the cursor that was sent, or at its beginning without one.
pub fn resume(keys: &KeyRing, filters: &str, sent: Option<&Cursor>) -> Result<Option<Position>> {
    sent.map(|cursor| cursor.open(keys, filters)).transpose()
}

/// Cuts a list that was asked for with one row too many into the page and its cursor.
pub fn cut<T>(
    keys: &KeyRing,
    filters: &str,
    limit: Limit,
    mut rows: Vec<T>,
    position: impl Fn(&T) -> Position,
) -> (Vec<T>, Option<Cursor>) {
    let size = usize::try_from(limit.rows()).unwrap_or(usize::MAX);
    if rows.len() <= size {
        return (rows, None);
    }
    rows.truncate(size);
    let next = rows
        .last()
        .map(|row| Cursor::seal(keys, filters, position(row)));
    (rows, next)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_cursor_opens_with_its_own_filters_only(key: i64, id: u128, filters in "[a-z]{0,9}") {
            let keys = KeyRing::ephemeral().unwrap();
            let position = Position { key, id: Uuid::from_u128(id) };
            let cursor = Cursor::seal(&keys, &filters, position);
            prop_assert_eq!(cursor.open(&keys, &filters).unwrap(), position);
            let other = format!("{filters}x");
            prop_assert!(cursor.open(&keys, &other).is_err());
            let mut other = cursor.0.clone();
            let first = if other.starts_with('A') { "B" } else { "A" };
            other.replace_range(0..1, first);
            prop_assert!(Cursor(other).open(&keys, &filters).is_err());
        }
    }
}
