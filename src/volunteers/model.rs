//! What a volunteer is.
//!
//! None of these types shows who it is through `Debug` (ID-6).

use std::fmt;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::experience::{Conflict, Experience};
use super::onboarding::OnboardingProgress;
use crate::closed_enum;
use crate::identity::Phone;
use crate::organisations::OrganisationId;
use crate::patients::PersonName;
use crate::platform::db::Instant;
use crate::platform::id::Id;
use crate::platform::text::{Code, Language, Line, Name, Prose};
use crate::programmes::ProgrammeId;
use crate::silent_debug;

/// The id of a volunteer.
pub type VolunteerId = Id<Volunteer>;

closed_enum! {
    /// Whom a volunteer supports, out of own experience (HF-1): patientSupporter
    /// (patientstøtte), relativeSupporter (pårørendestøtte), parentSupporter (forældrestøtte).
    /// One person may be several.
    pub enum VolunteerSubtype {
        /// Was ill and supports patients.
        PatientSupporter = "patientSupporter",
        /// Stood beside somebody who was ill and supports relatives.
        RelativeSupporter = "relativeSupporter",
        /// Has a child that was ill and supports parents.
        ParentSupporter = "parentSupporter",
    }
}

closed_enum! {
    /// Where somebody is in an illness (HF-4): before (før sygdommen / före sjukdomen), during
    /// (under sygdommen / under sjukdomen), after (efter sygdommen / efter sjukdomen).
    pub enum IllnessPhase {
        /// Before it: examined, waiting, at risk.
        Before = "before",
        /// During it.
        During = "during",
        /// After it.
        After = "after",
    }
}

closed_enum! {
    /// How far a volunteer is (HF-2): candidate (kandidat), onboarding (under oplæring), active
    /// (aktiv), onLeave (på orlov / tjänstledig), departed (stoppet / slutat).
    pub enum VolunteerState {
        /// Registered; no step of the onboarding has been held.
        Candidate = "candidate",
        /// On the way: interview, course, trial shifts.
        Onboarding = "onboarding",
        /// May be matched, booked and put on a shift.
        Active = "active",
        /// Active, but away today.
        OnLeave = "onLeave",
        /// No longer a volunteer.
        Departed = "departed",
    }
}

closed_enum! {
    /// Why a volunteer left: ownWish (eget ønske), health (helbred), movedAway (flyttet),
    /// notSuitable (ikke egnet), inactive (ikke aktiv længere), deceased (død), other (andet).
    pub enum DepartureReason {
        /// The volunteer's own wish.
        OwnWish = "ownWish",
        /// The volunteer's own health.
        Health = "health",
        /// Has moved away.
        MovedAway = "movedAway",
        /// Was found not to be right for it.
        NotSuitable = "notSuitable",
        /// Has not taken part for long.
        Inactive = "inactive",
        /// Has died.
        Deceased = "deceased",
        /// Something else.
        Other = "other",
    }
}

closed_enum! {
    /// Why a volunteer is on leave: illness (sygdom), family (familie), travel (rejse), work
    /// (arbejde), other (andet).
    pub enum LeaveReason {
        /// Illness.
        Illness = "illness",
        /// Family.
        Family = "family",
        /// Travel.
        Travel = "travel",
        /// Work or studies.
        Work = "work",
        /// Something else.
        Other = "other",
    }
}

closed_enum! {
    /// What of a volunteer the public may see besides the display name: subtypes (hvem hun
    /// støtter), languages (sprog), phases (faser), experience (egne erfaringer, without dates),
    /// ageGroup (aldersgruppe).
    pub enum ProfileItem {
        /// Whom the volunteer supports.
        Subtypes = "subtypes",
        /// The languages.
        Languages = "languages",
        /// The phases of an illness that talks may be about.
        Phases = "phases",
        /// The codes of what was lived through, without dates and remarks.
        Experience = "experience",
        /// The decade of birth, as an age group.
        AgeGroup = "ageGroup",
    }
}

/// What the volunteer lets the public see: a first name and what is named here, nothing more.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(example = json!({"published": true, "displayName": "Birgit", "presentation": "Jeg fik en ny hjerteklap for fire år siden.", "shows": ["subtypes", "languages"]}))]
pub struct PublicProfile {
    /// Whether there is a public profile at all.
    pub published: bool,
    /// The first name, or the name that the volunteer wants to be called by.
    pub display_name: Name,
    /// A presentation in the volunteer's own words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub presentation: Option<Prose>,
    /// What else may be seen.
    #[serde(default)]
    #[schema(max_items = 5)]
    pub shows: Vec<ProfileItem>,
}

/// How the programme reaches the volunteer. Never shown to patients.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(example = json!({"telephone": "+4532105432", "email": "birgit@example.org"}))]
pub struct VolunteerContact {
    /// A telephone number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub telephone: Option<Phone>,
    /// An e-mail address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, format = "email", max_length = 254)]
    pub email: Option<String>,
}

/// A leave (orlov / tjänstledighet), in days of the programme's time zone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Leave {
    /// The first day away.
    pub from: NaiveDate,
    /// The first day back; absent where nobody knows yet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub until: Option<NaiveDate>,
    /// Why.
    pub reason: LeaveReason,
    /// In words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub note: Option<Line>,
}

/// How it ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Departure {
    /// The day.
    pub on: NaiveDate,
    /// Why.
    pub reason: DepartureReason,
}

/// A peer supporter with lived experience (frivillig patientstøtte, HF-1).
#[derive(Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({
    "id": "01980f1e-7d2c-7c3a-9b1e-2f6d8a4c5e71", "programmeId": "01980f1e-7d2c-7c3a-9b1e-2f6d8a4c5e70",
    "state": "active", "name": {"given": "Birgit", "family": "Prøvesen"}, "birthDate": "1961-07-07",
    "contact": {"telephone": "+4532105432"}, "subtypes": ["patientSupporter"], "phases": ["during", "after"],
    "languages": ["da", "en"], "wardIds": ["01980f1e-7d2c-7c3a-9b1e-2f6d8a4c5e72"],
    "experience": [{"kind": "procedure", "system": "sks", "code": "KFMD", "on": "2022-03-01", "whose": "own"}],
    "lifeSituation": ["retired"], "conflicts": [], "capacityPerWeek": 3,
    "publicProfile": {"published": true, "displayName": "Birgit", "shows": ["languages"]},
    "onboarding": {"fulfilled": true, "steps": []}, "leaves": [], "activatedOn": "2026-02-01",
    "version": 5, "createdAt": "2026-01-02T09:15:00Z", "updatedAt": "2026-03-27T09:15:00Z"
}))]
pub struct Volunteer {
    /// Its id: also the subject of the volunteer's own token.
    pub id: VolunteerId,
    /// The data controller.
    #[serde(skip)]
    #[schema(ignore)]
    pub controller_id: OrganisationId,
    /// The programme the volunteer belongs to.
    pub programme_id: ProgrammeId,
    /// How far the volunteer is today.
    pub state: VolunteerState,
    /// Given and family name; removed at departure.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub name: Option<PersonName>,
    /// Date of birth, where known; removed at departure.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub birth_date: Option<NaiveDate>,
    /// How the programme reaches the volunteer; removed at departure.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub contact: Option<VolunteerContact>,
    /// Whom the volunteer supports; kept for the figures.
    pub subtypes: Vec<VolunteerSubtype>,
    /// The phases of an illness that talks may be about; empty: all of them.
    pub phases: Vec<IllnessPhase>,
    /// The languages the volunteer talks in.
    pub languages: Vec<Language>,
    /// The wards the volunteer walks on.
    pub ward_ids: Vec<OrganisationId>,
    /// What was lived through (HF-1); removed at departure.
    pub experience: Vec<Experience>,
    /// The life situation, in the programme's own words; removed at departure.
    pub life_situation: Vec<Code>,
    /// Own employment and other conflicts of interest (HF-5); removed at departure.
    pub conflicts: Vec<Conflict>,
    /// How many talks in a week, Monday to Sunday, at most.
    pub capacity_per_week: u32,
    /// What the public may see.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub public_profile: Option<PublicProfile>,
    /// The onboarding, step by step (HF-2).
    pub onboarding: OnboardingProgress,
    /// The last day on which every step that can expire still holds; after it the volunteer is
    /// not matched, booked or put on a shift until the step has been repeated.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub qualified_until: Option<NaiveDate>,
    /// Leaves, the earliest first; removed at departure.
    pub leaves: Vec<Leave>,
    /// The day the volunteer became active for the first time.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub activated_on: Option<NaiveDate>,
    /// How it ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub departure: Option<Departure>,
    /// Grows by one with each change; the first part of the `ETag`.
    pub version: i32,
    /// When the record was made.
    pub created_at: Instant,
    /// When it was last changed.
    pub updated_at: Instant,
    /// What the representation depends on besides the version: the day, the programme's policy,
    /// who asks.
    #[serde(skip)]
    #[schema(ignore)]
    pub variant: String,
}

silent_debug!(VolunteerContact);

impl fmt::Debug for Volunteer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Volunteer({})", self.id)
    }
}
