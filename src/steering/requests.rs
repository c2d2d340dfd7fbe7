//! What is sent to make and change steering groups and their seats.

use chrono::NaiveDate;
use serde::Deserialize;
use utoipa::ToSchema;
use validator::{Validate, ValidationError};

use super::model::{GroupPolicy, MemberRole, Sector, SteeringMemberId};
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
    /// Its last day; null where it has none.
    #[schema(value_type = Option<NaiveDate>)]
    #[serde(deserialize_with = "present")]
    pub ends_on: Option<Option<NaiveDate>>,
    /// All of the policy anew; what is left out is as in the preset. Meetings that are planned
    /// already keep the days counts they were planned with.
    #[schema(nullable = false)]
    #[serde(deserialize_with = "present")]
    pub policy: Option<GroupPolicy>,
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
    /// The staff member who signs in as this person, where there is one.
    #[serde(default)]
    #[schema(nullable = false)]
    pub staff_id: Option<StaffId>,
    /// The first day on the seat.
    pub from_on: NaiveDate,
    /// The last day on the seat, where it is known.
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
