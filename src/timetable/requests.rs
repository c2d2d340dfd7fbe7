//! What is sent to make and change time types, time books and times.

use serde::Deserialize;
use utoipa::ToSchema;
use validator::{Validate, ValidationError};

use super::model::{ScheduleId, TalkChannel, TimeTypeId};
use crate::organisations::OrganisationId;
use crate::platform::db::Instant;
use crate::platform::http::input::{present, rule};
use crate::platform::text::Name;
use crate::programmes::ProgrammeId;
use crate::staff::StaffId;
use crate::volunteers::VolunteerId;

/// A time type to be made (tidstype / tidstyp).
#[derive(Debug, Clone, Deserialize, ToSchema, Validate)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(example = json!({
    "programmeId": "01980f1e-7d2c-7c3a-9b1e-2f6d8a4c5e70", "name": "Telefonsamtale 45",
    "publicName": "Samtale med en frivillig", "minutes": 45, "channel": "telephone", "webVisible": true,
    "bookBeforeMinutes": 120, "moveBeforeMinutes": 1440, "cancelBeforeMinutes": 120
}))]
pub struct NewTimeType {
    /// The programme.
    pub programme_id: ProgrammeId,
    /// The clinic whose type it is; absent where the whole programme uses it.
    #[serde(default)]
    #[schema(nullable = false)]
    pub organisation_id: Option<OrganisationId>,
    /// What it is called inside.
    pub name: Name,
    /// What the public reads (HAL-2).
    pub public_name: Name,
    /// How long it is, in minutes.
    #[schema(minimum = 5, maximum = 480)]
    pub minutes: i32,
    /// How the talk is held.
    pub channel: TalkChannel,
    /// Whether booking sites and patients see its times; no where nothing is said.
    #[serde(default)]
    pub web_visible: bool,
    /// How many minutes before a time it is booked at the latest.
    #[serde(default)]
    #[schema(minimum = 0, maximum = 129_600)]
    pub book_before_minutes: i32,
    /// How many minutes before a time it is moved at the latest.
    #[serde(default)]
    #[schema(minimum = 0, maximum = 129_600)]
    pub move_before_minutes: i32,
    /// How many minutes before a time it is cancelled at the latest.
    #[serde(default)]
    #[schema(minimum = 0, maximum = 129_600)]
    pub cancel_before_minutes: i32,
}

/// A change of a time type (merge patch, RFC 7396): what is absent stays. Its length stays for
/// good: make another type.
#[derive(Debug, Clone, Default, Deserialize, ToSchema, Validate)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(example = json!({"publicName": "Tal med en frivillig", "webVisible": true}))]
pub struct TimeTypeChange {
    /// Another name inside.
    #[schema(nullable = false)]
    #[serde(default, deserialize_with = "present")]
    pub name: Option<Name>,
    /// Another public name.
    #[schema(nullable = false)]
    #[serde(default, deserialize_with = "present")]
    pub public_name: Option<Name>,
    /// Whether booking sites and patients see its times.
    #[schema(nullable = false)]
    #[serde(default, deserialize_with = "present")]
    pub web_visible: Option<bool>,
    /// How many minutes before a time it is booked at the latest.
    #[schema(nullable = false, minimum = 0, maximum = 129_600)]
    #[serde(default, deserialize_with = "present")]
    pub book_before_minutes: Option<i32>,
    /// How many minutes before a time it is moved at the latest.
    #[schema(nullable = false, minimum = 0, maximum = 129_600)]
    #[serde(default, deserialize_with = "present")]
    pub move_before_minutes: Option<i32>,
    /// How many minutes before a time it is cancelled at the latest.
    #[schema(nullable = false, minimum = 0, maximum = 129_600)]
    #[serde(default, deserialize_with = "present")]
    pub cancel_before_minutes: Option<i32>,
    /// Whether new times of this type are made.
    #[schema(nullable = false)]
    #[serde(default, deserialize_with = "present")]
    pub active: Option<bool>,
}

/// A time book to be made (tidbog / tidbok). Exactly one of `volunteerId`, `staffId` and
/// `organisationId` is its owner; a volunteer or member of staff has one in each programme.
#[derive(Debug, Clone, Deserialize, ToSchema, Validate)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[validate(schema(function = one_owner))]
#[schema(example = json!({"programmeId": "01980f1e-7d2c-7c3a-9b1e-2f6d8a4c5e70", "staffId": "01980f1e-7d2c-7c3a-9b1e-2f6d8a4c5e72", "name": "Hjertelinjen, formiddag"}))]
pub struct NewSchedule {
    /// The programme.
    pub programme_id: ProgrammeId,
    /// The volunteer whose time book it is.
    #[serde(default)]
    #[schema(nullable = false)]
    pub volunteer_id: Option<VolunteerId>,
    /// The member of staff whose time book it is.
    #[serde(default)]
    #[schema(nullable = false)]
    pub staff_id: Option<StaffId>,
    /// The organisation whose time book it is.
    #[serde(default)]
    #[schema(nullable = false)]
    pub organisation_id: Option<OrganisationId>,
    /// What it is called inside; never by the name of a volunteer, who is named by `volunteerId`.
    pub name: Name,
    /// The IANA time zone of its local times; the programme's where nothing is said.
    #[serde(default)]
    #[schema(
        nullable = false,
        example = "Europe/Copenhagen",
        max_length = 64,
        pattern = "^[A-Za-z_]+(/[A-Za-z_]+)*$"
    )]
    pub time_zone: Option<String>,
}

fn one_owner(new: &NewSchedule) -> Result<(), ValidationError> {
    let owners = [
        new.volunteer_id.is_some(),
        new.staff_id.is_some(),
        new.organisation_id.is_some(),
    ];
    if owners.into_iter().filter(|is| *is).count() == 1 {
        Ok(())
    } else {
        Err(rule(
            "/staffId",
            "oneOwner",
            "send exactly one of volunteerId, staffId and organisationId",
        ))
    }
}

/// A change of a time book (merge patch, RFC 7396): what is absent stays.
#[derive(Debug, Clone, Default, Deserialize, ToSchema, Validate)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(example = json!({"name": "Hjertelinjen, eftermiddag"}))]
pub struct ScheduleChange {
    /// Another name; never that of a volunteer.
    #[schema(nullable = false)]
    #[serde(default, deserialize_with = "present")]
    pub name: Option<Name>,
    /// Whether times are made in it. `false` takes its free times away; what is booked stays.
    #[schema(nullable = false)]
    #[serde(default, deserialize_with = "present")]
    pub active: Option<bool>,
}

/// A time entered by hand.
#[derive(Debug, Clone, Deserialize, ToSchema, Validate)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(example = json!({"scheduleId": "01980f1e-7d2c-7c3a-9b1e-2f6d8a4c5e70", "timeTypeId": "01980f1e-7d2c-7c3a-9b1e-2f6d8a4c5e71", "startsAt": "2028-05-10T13:00:00+02:00", "seats": 1}))]
pub struct NewSlot {
    /// The time book.
    pub schedule_id: ScheduleId,
    /// What kind of time; it says how long it is.
    pub time_type_id: TimeTypeId,
    /// When it begins.
    pub starts_at: Instant,
    /// How many can book it; one where nothing is said.
    #[serde(default = "one")]
    #[schema(minimum = 1, maximum = 100, default = 1)]
    pub seats: i32,
    /// Whether booking sites and patients see it; as the time type says where nothing is said.
    #[serde(default)]
    #[schema(nullable = false)]
    pub web_visible: Option<bool>,
    /// What the public reads; as the time type says where nothing is said.
    #[serde(default)]
    #[schema(nullable = false)]
    pub public_name: Option<Name>,
}

fn one() -> i32 {
    1
}

/// A change of a time (merge patch, RFC 7396): what is absent stays.
#[derive(Debug, Clone, Default, Deserialize, ToSchema, Validate)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(example = json!({"webVisible": false}))]
pub struct SlotChange {
    /// Whether booking sites and patients see it (HAL-2); null for as the time type says.
    #[schema(value_type = Option<bool>)]
    #[serde(default, deserialize_with = "present")]
    pub web_visible: Option<Option<bool>>,
    /// What the public reads (HAL-2); null for as the time type says.
    #[schema(value_type = Option<Name>)]
    #[serde(default, deserialize_with = "present")]
    pub public_name: Option<Option<Name>>,
    /// `true` closes a time that nobody has booked; `false` opens it again.
    #[schema(nullable = false)]
    #[serde(default, deserialize_with = "present")]
    pub closed: Option<bool>,
}
