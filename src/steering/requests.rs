//! What is sent to make and change steering groups and their seats.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use validator::{Validate, ValidationError};

use super::model::{GroupPolicy, MemberRole, Sector, SteeringMemberId};
use crate::calendar::Country;
use crate::organisations::OrganisationId;
use crate::platform::http::input::{present, rule};
use crate::platform::text::{Name, Prose};
use crate::programmes::ProgrammeId;
use crate::staff::StaffId;

/// A steering group to be made.
#[derive(Debug, Clone, Deserialize, ToSchema, Validate)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[validate(schema(function = order_of_group))]
#[schema(example = json!({
    "organisationId": "01980f1e-7d2c-7c3a-9b1e-2f6d8a4c5e71",
    "name": "Styregruppen for Center for Patientstøtte",
    "purpose": "Styrer centrets opgaver på tværs af sektorer.", "startsOn": "2026-01-01"
}))]
pub struct NewSteeringGroup {
    /// The organisation whose group it is.
    pub organisation_id: OrganisationId,
    /// The programme it governs, where it governs one.
    #[serde(default)]
    #[schema(nullable = false)]
    pub programme_id: Option<ProgrammeId>,
    /// What it is called.
    pub name: Name,
    /// What it is for (kommissorium).
    #[serde(default)]
    #[schema(nullable = false)]
    pub purpose: Option<Prose>,
    /// Its first day.
    pub starts_on: NaiveDate,
    /// Its last day, where it has one.
    #[serde(default)]
    #[schema(nullable = false)]
    pub ends_on: Option<NaiveDate>,
    /// What it has decided for itself; what is left out is as in the preset (CPS-6).
    #[serde(default)]
    #[schema(nullable = false)]
    pub policy: Option<GroupPolicy>,
}

fn order_of_group(new: &NewSteeringGroup) -> Result<(), ValidationError> {
    match new.ends_on {
        Some(end) if end < new.starts_on => Err(rule(
            "/endsOn",
            "order",
            "must not be earlier than startsOn",
        )),
        _ => Ok(()),
    }
}

/// A change (merge patch, RFC 7396): what is absent stays as it is.
#[derive(Debug, Clone, Default, Deserialize, ToSchema, Validate)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
#[schema(example = json!({"endsOn": "2027-12-31"}))]
pub struct SteeringGroupChange {
    /// Another name.
    #[schema(nullable = false)]
    #[serde(deserialize_with = "present")]
    pub name: Option<Name>,
    /// What it is for; null clears it.
    #[schema(value_type = Option<Prose>)]
    #[serde(deserialize_with = "present")]
    pub purpose: Option<Option<Prose>>,
    /// Its last day; null where it has none. Not before a meeting that is not cancelled, the end of a
    /// working group at work or the last day of a seat.
    #[schema(value_type = Option<NaiveDate>)]
    #[serde(deserialize_with = "present")]
    pub ends_on: Option<Option<NaiveDate>>,
    /// What changes of the policy. Meetings that are planned already keep the days counts they were
    /// planned with.
    #[schema(nullable = false)]
    #[serde(deserialize_with = "present")]
    pub policy: Option<GroupPolicyChange>,
}

/// A change of what a group has decided for itself: what is absent stays as it is.
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
#[schema(example = json!({"remarkDays": 10}))]
pub struct GroupPolicyChange {
    /// Whose public holidays the year plan is checked against.
    #[schema(nullable = false)]
    #[serde(deserialize_with = "present")]
    pub country: Option<Country>,
    /// IANA time zone in which the group's days begin and end.
    #[schema(
        nullable = false,
        max_length = 64,
        pattern = "^[A-Za-z_]+(/[A-Za-z_]+)*$"
    )]
    #[serde(deserialize_with = "present")]
    pub time_zone: Option<String>,
    /// How many calendar days before a meeting its agenda is sent at the latest.
    #[schema(nullable = false, minimum = 0, maximum = 60)]
    #[serde(deserialize_with = "present")]
    pub agenda_days: Option<u32>,
    /// How many calendar days after a meeting its minutes are sent at the latest.
    #[schema(nullable = false, minimum = 0, maximum = 60)]
    #[serde(deserialize_with = "present")]
    pub minutes_days: Option<u32>,
    /// For how many calendar days after the minutes were sent remarks count.
    #[schema(nullable = false, minimum = 0, maximum = 60)]
    #[serde(deserialize_with = "present")]
    pub remark_days: Option<u32>,
    /// How many calendar days after that the minutes are revised at the latest.
    #[schema(nullable = false, minimum = 0, maximum = 60)]
    #[serde(deserialize_with = "present")]
    pub revision_days: Option<u32>,
    /// How many meetings a year are held at least, the longer ones among them.
    #[schema(nullable = false, minimum = 0, maximum = 52)]
    #[serde(deserialize_with = "present")]
    pub ordinary_meetings: Option<u32>,
    /// How many of them are longer.
    #[schema(nullable = false, minimum = 0, maximum = 52)]
    #[serde(deserialize_with = "present")]
    pub extended_meetings: Option<u32>,
    /// Whether approved minutes are public, with what is confidential left out.
    #[schema(nullable = false)]
    #[serde(deserialize_with = "present")]
    pub publishes_minutes: Option<bool>,
}

impl GroupPolicyChange {
    /// The policy with what has changed.
    #[must_use]
    pub fn applied(&self, before: &GroupPolicy) -> GroupPolicy {
        GroupPolicy {
            country: self.country.unwrap_or(before.country),
            time_zone: self
                .time_zone
                .clone()
                .unwrap_or_else(|| before.time_zone.clone()),
            agenda_days: self.agenda_days.unwrap_or(before.agenda_days),
            minutes_days: self.minutes_days.unwrap_or(before.minutes_days),
            remark_days: self.remark_days.unwrap_or(before.remark_days),
            revision_days: self.revision_days.unwrap_or(before.revision_days),
            ordinary_meetings: self.ordinary_meetings.unwrap_or(before.ordinary_meetings),
            extended_meetings: self.extended_meetings.unwrap_or(before.extended_meetings),
            publishes_minutes: self.publishes_minutes.unwrap_or(before.publishes_minutes),
        }
    }
}

/// A person who takes a seat.
#[derive(Debug, Clone, Deserialize, ToSchema, Validate)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[validate(schema(function = order_of_seat))]
#[schema(example = json!({
    "name": "Karen Prøve", "title": "Sundhedschef", "organisationName": "Prøve Kommune",
    "seat": "Kommunerne", "role": "chair", "sector": "municipality", "fromOn": "2026-01-01"
}))]
pub struct NewSteeringMember {
    /// What the person is called.
    pub name: Name,
    /// The title, for people.
    #[serde(default)]
    #[schema(nullable = false)]
    pub title: Option<Name>,
    /// The e-mail address that agenda and minutes are sent to.
    #[serde(default)]
    #[schema(nullable = false)]
    pub email: Option<Name>,
    /// What the person's organisation is called.
    #[serde(default)]
    #[schema(nullable = false)]
    pub organisation_name: Option<Name>,
    /// The organisation, where it is one of yours.
    #[serde(default)]
    #[schema(nullable = false)]
    pub organisation_id: Option<OrganisationId>,
    /// The seat, for people.
    pub seat: Name,
    /// What the person does in the group. On no day are there two chairs or two secretaries.
    pub role: MemberRole,
    /// Which part of the health services the seat speaks for.
    pub sector: Sector,
    /// The staff member who signs in as this person, where there is one. On no day does one hold two
    /// seats of a group.
    #[serde(default)]
    #[schema(nullable = false)]
    pub staff_id: Option<StaffId>,
    /// The first day on the seat, within the group's own time.
    pub from_on: NaiveDate,
    /// The last day on the seat, where it is known; without it the seat is held for as long as the
    /// group lasts.
    #[serde(default)]
    #[schema(nullable = false)]
    pub until_on: Option<NaiveDate>,
    /// The member of the same group whom this one follows: that one's last day becomes the day
    /// before `fromOn`, in the same step, so that no day is without.
    #[serde(default)]
    #[schema(nullable = false)]
    pub replaces: Option<SteeringMemberId>,
}

fn order_of_seat(new: &NewSteeringMember) -> Result<(), ValidationError> {
    match new.until_on {
        Some(end) if end < new.from_on => {
            Err(rule("/untilOn", "order", "must not be earlier than fromOn"))
        }
        _ => Ok(()),
    }
}

/// A change (merge patch, RFC 7396): what is absent stays as it is. Another person on the seat, or
/// another role, is another member.
#[derive(Debug, Clone, Default, Deserialize, ToSchema, Validate)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
#[schema(example = json!({"untilOn": "2026-12-31"}))]
pub struct SteeringMemberChange {
    /// Another name.
    #[schema(nullable = false)]
    #[serde(deserialize_with = "present")]
    pub name: Option<Name>,
    /// Another title; null clears it.
    #[schema(value_type = Option<Name>)]
    #[serde(deserialize_with = "present")]
    pub title: Option<Option<Name>>,
    /// Another e-mail address; null clears it.
    #[schema(value_type = Option<Name>)]
    #[serde(deserialize_with = "present")]
    pub email: Option<Option<Name>>,
    /// Another organisation by name; null clears it.
    #[schema(value_type = Option<Name>)]
    #[serde(deserialize_with = "present")]
    pub organisation_name: Option<Option<Name>>,
    /// The staff member who signs in as this person; null where nobody does.
    #[schema(value_type = Option<StaffId>)]
    #[serde(deserialize_with = "present")]
    pub staff_id: Option<Option<StaffId>>,
    /// The last day on the seat; null where it is not known.
    #[schema(value_type = Option<NaiveDate>)]
    #[serde(deserialize_with = "present")]
    pub until_on: Option<Option<NaiveDate>>,
}
