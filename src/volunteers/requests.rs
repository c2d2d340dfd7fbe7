//! What is asked of volunteers: registration, changes, steps.

use chrono::{Datelike as _, NaiveDate};
use serde::Deserialize;
use utoipa::ToSchema;
use validator::Validate;

use super::experience::{Conflict, Experience};
use super::model::{
    DepartureReason, IllnessPhase, LeaveReason, PublicProfile, VolunteerContact, VolunteerId,
    VolunteerSubtype,
};
use super::onboarding::StepOutcome;
use crate::calendar::{MAX_YEAR, MIN_YEAR};
use crate::organisations::OrganisationId;
use crate::patients::PersonName;
use crate::platform::http::input::{present, rule};
use crate::platform::text::{Code, Language, Line, Prose};
use crate::programmes::ProgrammeId;
use crate::silent_debug;

/// Somebody who wants to be a volunteer, to be registered as a candidate.
#[derive(Clone, Deserialize, ToSchema, Validate)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(example = json!({
    "programmeId": "01980f1e-7d2c-7c3a-9b1e-2f6d8a4c5e70",
    "name": {"given": "Birgit", "family": "Prøvesen"}, "birthDate": "1961-07-07",
    "contact": {"telephone": "+4532105432"}, "subtypes": ["patientSupporter"],
    "phases": ["during", "after"], "languages": ["da", "en"],
    "experience": [{"kind": "procedure", "system": "sks", "code": "KFMD", "on": "2022-03-01", "whose": "own"}],
    "lifeSituation": ["retired"], "conflicts": [{"kind": "friendship", "note": "Kender afdelingssygeplejersken."}],
    "capacityPerWeek": 3,
    "publicProfile": {"published": true, "displayName": "Birgit", "shows": ["subtypes", "languages"]}
}))]
pub struct NewVolunteer {
    /// The programme.
    pub programme_id: ProgrammeId,
    /// Given and family name.
    pub name: PersonName,
    /// Date of birth. In the past, and not more than 130 years ago.
    #[serde(default)]
    #[schema(nullable = false)]
    pub birth_date: Option<NaiveDate>,
    /// How the programme reaches the volunteer.
    #[serde(default)]
    #[schema(nullable = false)]
    pub contact: Option<VolunteerContact>,
    /// Whom the volunteer will support, each once.
    #[schema(min_items = 1, max_items = 3)]
    pub subtypes: Vec<VolunteerSubtype>,
    /// The phases of an illness that talks may be about; none: all of them.
    #[serde(default)]
    #[schema(max_items = 3)]
    pub phases: Vec<IllnessPhase>,
    /// The languages the volunteer talks in.
    #[schema(min_items = 1, max_items = 20)]
    pub languages: Vec<Language>,
    /// The wards the volunteer walks on.
    #[serde(default)]
    #[schema(max_items = 50)]
    pub ward_ids: Vec<OrganisationId>,
    /// What was lived through.
    #[serde(default)]
    #[schema(max_items = 50)]
    pub experience: Vec<Experience>,
    /// The life situation, in the programme's own words.
    #[serde(default)]
    #[schema(max_items = 20)]
    pub life_situation: Vec<Code>,
    /// Own employment and other conflicts of interest.
    #[serde(default)]
    #[schema(max_items = 50)]
    pub conflicts: Vec<Conflict>,
    /// How many talks in a week, Monday to Sunday, at most.
    #[schema(minimum = 0, maximum = 50)]
    pub capacity_per_week: u32,
    /// What the public may see; nothing where it is left out.
    #[serde(default)]
    #[schema(nullable = false)]
    pub public_profile: Option<PublicProfile>,
}

/// A change (merge patch, RFC 7396): what is absent stays, `null` clears, lists replace the list
/// there was. Subtypes, wards and name are the coordinator's to change.
#[derive(Clone, Default, Deserialize, ToSchema, Validate)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(example = json!({"capacityPerWeek": 2, "languages": ["da"]}))]
pub struct VolunteerChange {
    /// Another name.
    #[schema(nullable = false)]
    #[serde(default, deserialize_with = "present")]
    pub name: Option<PersonName>,
    /// Date of birth. In the past, and not more than 130 years ago.
    #[schema(value_type = Option<NaiveDate>)]
    #[serde(default, deserialize_with = "present")]
    pub birth_date: Option<Option<NaiveDate>>,
    /// How the programme reaches the volunteer.
    #[schema(value_type = Option<VolunteerContact>)]
    #[serde(default, deserialize_with = "present")]
    pub contact: Option<Option<VolunteerContact>>,
    /// Whom the volunteer supports.
    #[schema(nullable = false, min_items = 1, max_items = 3)]
    #[serde(default, deserialize_with = "present")]
    pub subtypes: Option<Vec<VolunteerSubtype>>,
    /// The phases of an illness that talks may be about.
    #[schema(nullable = false, max_items = 3)]
    #[serde(default, deserialize_with = "present")]
    pub phases: Option<Vec<IllnessPhase>>,
    /// The languages the volunteer talks in.
    #[schema(nullable = false, min_items = 1, max_items = 20)]
    #[serde(default, deserialize_with = "present")]
    pub languages: Option<Vec<Language>>,
    /// The wards the volunteer walks on.
    #[schema(nullable = false, max_items = 50)]
    #[serde(default, deserialize_with = "present")]
    pub ward_ids: Option<Vec<OrganisationId>>,
    /// What was lived through.
    #[schema(nullable = false, max_items = 50)]
    #[serde(default, deserialize_with = "present")]
    pub experience: Option<Vec<Experience>>,
    /// The life situation.
    #[schema(nullable = false, max_items = 20)]
    #[serde(default, deserialize_with = "present")]
    pub life_situation: Option<Vec<Code>>,
    /// Own employment and other conflicts of interest. Those that staff have noted stay where the
    /// volunteer changes the list.
    #[schema(nullable = false, max_items = 50)]
    #[serde(default, deserialize_with = "present")]
    pub conflicts: Option<Vec<Conflict>>,
    /// How many talks in a week at most.
    #[schema(nullable = false, minimum = 0, maximum = 50)]
    #[serde(default, deserialize_with = "present")]
    pub capacity_per_week: Option<u32>,
    /// What the public may see; null: nothing.
    #[schema(value_type = Option<PublicProfile>)]
    #[serde(default, deserialize_with = "present")]
    pub public_profile: Option<Option<PublicProfile>>,
}

/// A step of the onboarding that was held (HF-2).
#[derive(Debug, Clone, Deserialize, ToSchema, Validate)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(example = json!({"step": "interview", "outcome": "passed", "heldOn": "2026-03-27", "note": "Har tænkt det godt igennem."}))]
pub struct NewHeldStep {
    /// The code of the step in the programme's policy.
    pub step: Code,
    /// How it went.
    pub outcome: StepOutcome,
    /// The day it was held; today where it is left out. Not in the future, and not before what
    /// has been recorded already.
    #[serde(default)]
    #[schema(nullable = false)]
    pub held_on: Option<NaiveDate>,
    /// The ward of a trial shift; required there, and only there.
    #[serde(default)]
    #[schema(nullable = false)]
    pub ward_id: Option<OrganisationId>,
    /// The experienced volunteer of a trial shift, and only there; required as soon as anybody of
    /// the programme has been active.
    #[serde(default)]
    #[schema(nullable = false)]
    pub beside_id: Option<VolunteerId>,
    /// In words.
    #[serde(default)]
    #[schema(nullable = false)]
    pub note: Option<Prose>,
}

/// A leave.
#[derive(Debug, Clone, Deserialize, ToSchema, Validate)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[validate(schema(function = "leave_ends_after_it_begins"))]
#[schema(example = json!({"from": "2035-04-01", "until": "2035-05-01", "reason": "travel"}))]
pub struct NewLeave {
    /// The first day away; today where it is left out.
    #[serde(default)]
    #[schema(nullable = false)]
    pub from: Option<NaiveDate>,
    /// The first day back, where it is known.
    #[serde(default)]
    #[schema(nullable = false)]
    pub until: Option<NaiveDate>,
    /// Why.
    pub reason: LeaveReason,
    /// In words.
    #[serde(default)]
    #[schema(nullable = false)]
    pub note: Option<Line>,
}

fn leave_ends_after_it_begins(leave: &NewLeave) -> Result<(), validator::ValidationError> {
    // Times are kept of a leave, and those of other years could not be read back.
    for (pointer, day) in [("/from", leave.from), ("/until", leave.until)] {
        if day.is_some_and(|day| !(MIN_YEAR..=MAX_YEAR).contains(&day.year())) {
            let detail = "must lie in the years 1900 to 2200";
            return Err(rule(pointer, "yearOutOfRange", detail));
        }
    }
    match (leave.from, leave.until) {
        (Some(from), Some(until)) if until <= from => {
            Err(rule("/until", "order", "must be after from"))
        }
        _ => Ok(()),
    }
}

/// A departure, today.
#[derive(Debug, Clone, Deserialize, ToSchema, Validate)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(example = json!({"reason": "movedAway"}))]
pub struct NewDeparture {
    /// Why.
    pub reason: DepartureReason,
}

silent_debug!(NewVolunteer, VolunteerChange);
