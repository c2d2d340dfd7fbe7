//! What a unit and a staff share are (CPS-1).

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use validator::{Validate, ValidationError};

use crate::organisations::OrganisationId;
use crate::platform::db::Instant;
use crate::platform::http::input::{present, rule};
use crate::platform::id::Id;
use crate::platform::text::Name;
use crate::programmes::ProgrammeId;
use crate::staff::StaffId;

/// The id of a unit.
pub type UnitId = Id<Unit>;

/// The id of a staff share.
pub type StaffShareId = Id<StaffShare>;

/// A unit to be made.
#[derive(Debug, Clone, Deserialize, ToSchema, Validate)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[validate(schema(function = check_unit))]
#[schema(example = json!({
    "programmeId": "01980f1e-7d2c-7c3a-9b1e-2f6d8a4c5e70", "name": "Børneafdelingen", "trial": true,
    "validFrom": "2021-01-01", "validTo": "2022-12-31"
}))]
pub struct NewUnit {
    /// The programme: the centre that the unit is part of.
    pub programme_id: ProgrammeId,
    /// What it is called.
    pub name: Name,
    /// The department or ward where it works, where that is one.
    #[serde(default)]
    #[schema(nullable = false)]
    pub organisation_id: Option<OrganisationId>,
    /// Whether it is a trial (forsøg). A trial has a last day.
    #[serde(default)]
    pub trial: bool,
    /// The first day.
    pub valid_from: NaiveDate,
    /// The last day; absent where there is none.
    #[serde(default)]
    #[schema(nullable = false)]
    pub valid_to: Option<NaiveDate>,
}

fn check_unit(new: &NewUnit) -> Result<(), ValidationError> {
    match new.valid_to {
        None if new.trial => Err(rule(
            "/validTo",
            "required",
            "is needed: a trial has an end",
        )),
        Some(to) if to < new.valid_from => Err(rule(
            "/validTo",
            "beforeStart",
            "must not lie before validFrom",
        )),
        _ => Ok(()),
    }
}

/// A change of a unit (merge patch, RFC 7396): what is absent stays as it is.
#[derive(Debug, Clone, Default, Deserialize, ToSchema, Validate)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(example = json!({"trial": false, "validTo": null}))]
pub struct UnitChange {
    /// Another name.
    #[schema(nullable = false)]
    #[serde(default, deserialize_with = "present")]
    pub name: Option<Name>,
    /// Another department or ward; null for none.
    #[schema(value_type = Option<OrganisationId>)]
    #[serde(default, deserialize_with = "present")]
    pub organisation_id: Option<Option<OrganisationId>>,
    /// Whether it is a trial.
    #[schema(nullable = false)]
    #[serde(default, deserialize_with = "present")]
    pub trial: Option<bool>,
    /// Another last day; null for none. Every share must end by then.
    #[schema(value_type = Option<NaiveDate>)]
    #[serde(default, deserialize_with = "present")]
    pub valid_to: Option<Option<NaiveDate>>,
}

/// A unit of a centre (enhed).
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({
    "id": "01980f1e-7d2c-7c3a-9b1e-2f6d8a4c5e71", "programmeId": "01980f1e-7d2c-7c3a-9b1e-2f6d8a4c5e70",
    "name": "AMA Aalborg", "trial": false, "validFrom": "2020-01-01", "version": 1,
    "createdAt": "2026-03-27T09:15:00Z", "updatedAt": "2026-03-27T09:15:00Z"
}))]
pub struct Unit {
    /// Its id.
    pub id: UnitId,
    /// The programme: the centre that it is part of.
    pub programme_id: ProgrammeId,
    /// What it is called.
    pub name: Name,
    /// The department or ward where it works.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub organisation_id: Option<OrganisationId>,
    /// Whether it is a trial.
    pub trial: bool,
    /// The first day.
    pub valid_from: NaiveDate,
    /// The last day.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub valid_to: Option<NaiveDate>,
    /// Grows by one with each change; the `ETag`.
    pub version: i32,
    /// When it was made.
    pub created_at: Instant,
    /// When it was last changed.
    pub updated_at: Instant,
}

/// A share of somebody's time for a unit.
#[derive(Debug, Clone, Deserialize, ToSchema, Validate)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[validate(schema(function = check_share))]
#[schema(example = json!({
    "unitId": "01980f1e-7d2c-7c3a-9b1e-2f6d8a4c5e70", "staffId": "01980f1e-7d2c-7c3a-9b1e-2f6d8a4c5e71",
    "percent": 60, "validFrom": "2026-04-01"
}))]
pub struct NewStaffShare {
    /// The unit.
    pub unit_id: UnitId,
    /// The person.
    pub staff_id: StaffId,
    /// The share of full time, in percent.
    #[schema(minimum = 1, maximum = 100)]
    pub percent: i32,
    /// The first day.
    pub valid_from: NaiveDate,
    /// The last day; the unit's own where it is left out and the unit has one.
    #[serde(default)]
    #[schema(nullable = false)]
    pub valid_to: Option<NaiveDate>,
}

fn check_share(new: &NewStaffShare) -> Result<(), ValidationError> {
    match new.valid_to {
        Some(to) if to < new.valid_from => Err(rule(
            "/validTo",
            "beforeStart",
            "must not lie before validFrom",
        )),
        _ => Ok(()),
    }
}

/// A change of the period of a share (merge patch, RFC 7396): what is absent stays as it is.
#[derive(Debug, Clone, Default, Deserialize, ToSchema, Validate)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(example = json!({"validTo": "2026-12-31"}))]
pub struct StaffShareChange {
    /// Another first day.
    #[schema(nullable = false)]
    #[serde(default, deserialize_with = "present")]
    pub valid_from: Option<NaiveDate>,
    /// Another last day; null for none.
    #[schema(value_type = Option<NaiveDate>)]
    #[serde(default, deserialize_with = "present")]
    pub valid_to: Option<Option<NaiveDate>>,
}

/// Who belongs to a unit, when, with which share of full time (ansættelsesbrøk).
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({
    "id": "01980f1e-7d2c-7c3a-9b1e-2f6d8a4c5e72", "programmeId": "01980f1e-7d2c-7c3a-9b1e-2f6d8a4c5e73",
    "unitId": "01980f1e-7d2c-7c3a-9b1e-2f6d8a4c5e70", "staffId": "01980f1e-7d2c-7c3a-9b1e-2f6d8a4c5e71",
    "percent": 60, "validFrom": "2026-04-01", "version": 1,
    "createdAt": "2026-03-27T09:15:00Z", "updatedAt": "2026-03-27T09:15:00Z"
}))]
pub struct StaffShare {
    /// Its id.
    pub id: StaffShareId,
    /// The programme of the unit.
    pub programme_id: ProgrammeId,
    /// The unit.
    pub unit_id: UnitId,
    /// The person.
    pub staff_id: StaffId,
    /// The share of full time, in percent.
    pub percent: i32,
    /// The first day.
    pub valid_from: NaiveDate,
    /// The last day.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub valid_to: Option<NaiveDate>,
    /// Grows by one with each change; the `ETag`.
    pub version: i32,
    /// When it was recorded.
    pub created_at: Instant,
    /// When it was last changed.
    pub updated_at: Instant,
}
