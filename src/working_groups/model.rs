//! What a working group is.

use std::fmt;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use validator::{Validate, ValidationError};

use crate::closed_enum;
use crate::platform::db::Instant;
use crate::platform::http::input::{present, rule};
use crate::platform::id::Id;
use crate::platform::text::{Line, Name, Prose};
use crate::programmes::ProgrammeId;
use crate::steering::{Sector, SteeringGroupId};

/// The id of a working group.
pub type WorkingGroupId = Id<WorkingGroup>;

closed_enum! {
    /// How far it is: working (i gang), reported (har afrapporteret), closed (lukket uden rapport).
    pub enum WorkingGroupState {
        /// At work.
        Working = "working",
        /// Has reported back to the steering group.
        Reported = "reported",
        /// Ended without a report.
        Closed = "closed",
    }
}

/// Who takes part in a working group (deltager).
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(example = json!({"name": "Lone Prøve", "organisationName": "Prøve Kommune", "sector": "municipality", "leads": true}))]
pub struct WorkingGroupMember {
    /// What the person is called.
    pub name: Name,
    /// The organisation the person comes from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub organisation_name: Option<Name>,
    /// The part of the health services that the person comes from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub sector: Option<Sector>,
    /// Whether the person leads the group (tovholder).
    #[serde(default)]
    pub leads: bool,
}

impl fmt::Debug for WorkingGroupMember {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("WorkingGroupMember(…)")
    }
}

/// A working group to be set up.
#[derive(Debug, Clone, Deserialize, ToSchema, Validate)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[validate(schema(function = check_new))]
#[schema(example = json!({
    "steeringGroupId": "01980f1e-7d2c-7c3a-9b1e-2f6d8a4c5e70", "name": "Arbejdsgruppe om psykiatri",
    "mandate": "Beskriver støtteopgaven i psykiatrien og afrapporterer til styregruppen.",
    "startsOn": "2026-04-01", "endsOn": "2026-10-31",
    "members": [{"name": "Lone Prøve", "organisationName": "Prøve Kommune", "sector": "municipality", "leads": true}]
}))]
pub struct NewWorkingGroup {
    /// The steering group that sets it up.
    pub steering_group_id: SteeringGroupId,
    /// What it is called.
    pub name: Name,
    /// What it is to do (kommissorium).
    pub mandate: Prose,
    /// The first day.
    pub starts_on: NaiveDate,
    /// The last day, by which it reports back.
    pub ends_on: NaiveDate,
    /// Who takes part; one of them leads at most.
    #[schema(min_items = 1, max_items = 50)]
    pub members: Vec<WorkingGroupMember>,
}

fn check_new(new: &NewWorkingGroup) -> Result<(), ValidationError> {
    if new.ends_on <= new.starts_on {
        return Err(rule("/endsOn", "beforeStart", "must lie after startsOn"));
    }
    check_members(&new.members)
}

/// One leads at most.
fn check_members(members: &[WorkingGroupMember]) -> Result<(), ValidationError> {
    if members.iter().filter(|member| member.leads).count() > 1 {
        return Err(rule(
            "/members",
            "oneLeads",
            "must have one who leads at most",
        ));
    }
    Ok(())
}

/// A change (merge patch, RFC 7396): what is absent stays as it is.
#[derive(Debug, Clone, Default, Deserialize, ToSchema, Validate)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
#[validate(schema(function = check_change))]
#[schema(example = json!({"endsOn": "2026-12-31"}))]
pub struct WorkingGroupChange {
    /// Another name.
    #[schema(nullable = false)]
    #[serde(deserialize_with = "present")]
    pub name: Option<Name>,
    /// Another mandate.
    #[schema(nullable = false)]
    #[serde(deserialize_with = "present")]
    pub mandate: Option<Prose>,
    /// Another last day.
    #[schema(nullable = false)]
    #[serde(deserialize_with = "present")]
    pub ends_on: Option<NaiveDate>,
    /// All members anew.
    #[schema(nullable = false, min_items = 1, max_items = 50)]
    #[serde(deserialize_with = "present")]
    pub members: Option<Vec<WorkingGroupMember>>,
}

fn check_change(change: &WorkingGroupChange) -> Result<(), ValidationError> {
    check_members(change.members.as_deref().unwrap_or_default())
}

/// What a working group reports back.
#[derive(Debug, Clone, Deserialize, ToSchema, Validate)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(example = json!({"report": "Opgaven er beskrevet; se bilag til styregruppens næste møde."}))]
pub struct WorkingGroupReport {
    /// The day it reported; today where it is left out. Not in the future.
    #[serde(default)]
    #[schema(nullable = false)]
    pub reported_on: Option<NaiveDate>,
    /// What it reports (afrapportering).
    pub report: Prose,
}

/// Why a working group ends without a report.
#[derive(Debug, Clone, Deserialize, ToSchema, Validate)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(example = json!({"reason": "Opgaven er løst i en anden gruppe."}))]
pub struct WorkingGroupClosure {
    /// The reason.
    pub reason: Line,
}

/// A group with a mandate and an end (arbejdsgruppe).
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({
    "id": "01980f1e-7d2c-7c3a-9b1e-2f6d8a4c5e71", "steeringGroupId": "01980f1e-7d2c-7c3a-9b1e-2f6d8a4c5e70",
    "name": "Arbejdsgruppe om psykiatri", "state": "working",
    "mandate": "Beskriver støtteopgaven i psykiatrien og afrapporterer til styregruppen.",
    "startsOn": "2026-04-01", "endsOn": "2026-10-31", "overdue": false,
    "members": [{"name": "Lone Prøve", "organisationName": "Prøve Kommune", "sector": "municipality", "leads": true}],
    "version": 1, "createdAt": "2026-03-27T09:15:00Z", "updatedAt": "2026-03-27T09:15:00Z"
}))]
pub struct WorkingGroup {
    /// Its id.
    pub id: WorkingGroupId,
    /// The steering group that has set it up.
    pub steering_group_id: SteeringGroupId,
    /// The programme of the steering group, where it has one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub programme_id: Option<ProgrammeId>,
    /// What it is called.
    pub name: Name,
    /// How far it is.
    pub state: WorkingGroupState,
    /// What it is to do.
    pub mandate: Prose,
    /// The first day.
    pub starts_on: NaiveDate,
    /// The last day, by which it reports back.
    pub ends_on: NaiveDate,
    /// Whether it is still working although that day is over.
    pub overdue: bool,
    /// Who takes part.
    pub members: Vec<WorkingGroupMember>,
    /// The day it reported.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub reported_on: Option<NaiveDate>,
    /// What it reported.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub report: Option<Prose>,
    /// Why it ended without a report.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub closure_reason: Option<Line>,
    /// Grows by one with each change; the first part of the `ETag`.
    pub version: i32,
    /// When it was set up.
    pub created_at: Instant,
    /// When it was last changed.
    pub updated_at: Instant,
}
