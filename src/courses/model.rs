//! What a course is.

use chrono::NaiveDate;
use chrono_tz::Tz;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::calendar::start_of_day;
use crate::closed_enum;
use crate::organisations::OrganisationId;
use crate::patients::PatientId;
use crate::platform::db::Instant;
use crate::platform::error::{Error, Result};
use crate::platform::id::Id;
use crate::platform::text::{Line, Name, Prose};
use crate::programmes::ProgrammeId;
use crate::referrals::ReferralId;
use crate::staff::StaffId;

/// The id of a course.
pub type CourseId = Id<Course>;

closed_enum! {
    /// How far the course is: active (i gang / pågående), paused (på pause / vilande), closed
    /// (afsluttet / avslutat).
    pub enum CourseState {
        /// It runs.
        Active = "active",
        /// It rests.
        Paused = "paused",
        /// It is over.
        Closed = "closed",
    }
}

closed_enum! {
    /// Why a course was closed: goalsReached (mål nået), patientWish (patientens ønske),
    /// consentWithdrawn (samtykke trukket tilbage), notReached (kan ikke træffes), movedAway
    /// (flyttet), deceased (død), otherOffer (andet tilbud), other (andet).
    pub enum ClosingReason {
        /// What the patient wanted is reached.
        GoalsReached = "goalsReached",
        /// The patient wants it to end.
        PatientWish = "patientWish",
        /// The consent was withdrawn.
        ConsentWithdrawn = "consentWithdrawn",
        /// The patient cannot be reached any more.
        NotReached = "notReached",
        /// The patient has moved away.
        MovedAway = "movedAway",
        /// The patient has died.
        Deceased = "deceased",
        /// Another offer has taken over.
        OtherOffer = "otherOffer",
        /// Something else, said in the note.
        Other = "other",
    }
}

closed_enum! {
    /// Why a course rests: hospitalAdmission (indlæggelse), illness (sygdom), travel (rejse),
    /// patientWish (patientens ønske), supporterAbsent (sygeplejersken er fraværende), other
    /// (andet).
    pub enum PauseReason {
        /// The patient is in hospital.
        HospitalAdmission = "hospitalAdmission",
        /// The patient is too ill for talks.
        Illness = "illness",
        /// The patient is away.
        Travel = "travel",
        /// The patient wants a rest.
        PatientWish = "patientWish",
        /// The supporter is away and nobody takes over.
        SupporterAbsent = "supporterAbsent",
        /// Something else, said in the note.
        Other = "other",
    }
}

closed_enum! {
    /// What deserves a look (opmærksomhedspunkt): runsLong (længere end typisk), closedEarly
    /// (kortere end typisk), noContactPlanned (ingen samtale planlagt). Flags, never refusals
    /// (APS-6).
    pub enum CourseWarning {
        /// It runs, or ran, longer than the programme's courses typically do.
        RunsLong = "runsLong",
        /// It was closed sooner than the programme's courses typically are.
        ClosedEarly = "closedEarly",
        /// It is active and no talk is planned.
        NoContactPlanned = "noContactPlanned",
    }
}

closed_enum! {
    /// Who may hold treatment responsibility (behandlingsansvar): hospitalDepartment
    /// (sygehusafdeling), generalPractitioner (egen læge), psychiatry (psykiatri), other (andre).
    pub enum TreatmentResponsibleKind {
        /// A department of a hospital.
        HospitalDepartment = "hospitalDepartment",
        /// The patient's own doctor.
        GeneralPractitioner = "generalPractitioner",
        /// Psychiatry.
        Psychiatry = "psychiatry",
        /// Somebody else.
        Other = "other",
    }
}

/// Who holds treatment responsibility (behandlingsansvarlig). The programme never does (APS-8).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(example = json!({"kind": "generalPractitioner", "name": "Lægerne Havnegade", "contact": "Edifact 5790000000000"}))]
pub struct TreatmentResponsible {
    /// What they are.
    pub kind: TreatmentResponsibleKind,
    /// The department's or doctor's name.
    pub name: Name,
    /// The organisation, where it is on record.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub organisation_id: Option<OrganisationId>,
    /// How they are reached.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub contact: Option<Line>,
}

/// A period in which somebody carried the course (fast sygeplejerske, APS-6).
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SupporterPeriod {
    /// Who.
    pub staff_id: StaffId,
    /// Since when.
    pub from: Instant,
    /// Until when; absent for the one who carries it now.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub until: Option<Instant>,
    /// Why this one took over; absent for the first one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub reason: Option<Line>,
}

/// A period in which the course rested.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct CoursePause {
    /// Since when.
    pub from: Instant,
    /// Until which day it was meant to rest.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub until: Option<NaiveDate>,
    /// When it went on or was closed; absent while it rests.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub ended_at: Option<Instant>,
    /// Why.
    pub reason: PauseReason,
    /// In words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub note: Option<Line>,
}

/// How the course ended.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Closing {
    /// When.
    pub at: Instant,
    /// The date of it in the programme's time zone.
    pub on: NaiveDate,
    /// Why.
    pub reason: ClosingReason,
    /// The closing note; absent where the consent was withdrawn.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub note: Option<Prose>,
    /// Whom the closing note goes to.
    pub recipient: TreatmentResponsible,
}

/// The support of one patient in one programme (forløb).
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Course {
    /// Its id.
    pub id: CourseId,
    /// The programme.
    pub programme_id: ProgrammeId,
    /// The patient.
    pub patient_id: PatientId,
    /// The referral it came from.
    pub referral_id: ReferralId,
    /// The fixed supporter (fast sygeplejerske, APS-6).
    pub supporter_id: StaffId,
    /// Everybody who has carried it, the first one first.
    pub supporters: Vec<SupporterPeriod>,
    /// How far it is.
    pub state: CourseState,
    /// Who holds treatment responsibility (APS-8).
    pub treatment_responsible: TreatmentResponsible,
    /// When the first conversation opened it.
    pub opened_at: Instant,
    /// The date of it in the programme's time zone.
    pub opened_on: NaiveDate,
    /// The IANA time zone that its days are meant in.
    #[schema(example = "Europe/Copenhagen", max_length = 64)]
    pub time_zone: String,
    /// A course closed before this day is short of the programme's typical length (APS-6).
    pub typical_from: NaiveDate,
    /// A course that runs after this day is longer than the programme's typical length (APS-6).
    pub typical_to: NaiveDate,
    /// When it rested.
    pub pauses: Vec<CoursePause>,
    /// How it ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub closing: Option<Closing>,
    /// What deserves a look now.
    pub warnings: Vec<CourseWarning>,
    /// Grows by one with each change; the `ETag` together with the warnings.
    pub version: i32,
    /// When it was registered.
    pub created_at: Instant,
    /// When it was last changed.
    pub updated_at: Instant,
    /// The end of `typicalTo`: from here on it runs long.
    #[serde(skip)]
    #[schema(ignore)]
    pub long_from: Instant,
}

impl Course {
    /// The time zone that its days are meant in.
    pub fn tz(&self) -> Result<Tz> {
        self.time_zone
            .parse()
            .map_err(|_| Error::internal("stored time zone is unknown"))
    }

    /// Whether it rests at `at`: then or until nobody knows when.
    pub fn rests_at(&self, at: Instant) -> Result<bool> {
        let tz = self.tz()?;
        Ok(self.pauses.iter().any(|pause| {
            pause.ended_at.is_none()
                && pause
                    .until
                    .is_none_or(|until| at < start_of_day(until, tz).into())
        }))
    }

    /// What its representation depends on besides its version: the warnings, which change with
    /// time and with the talks that are planned.
    #[must_use]
    pub fn variant(&self) -> String {
        self.warnings
            .iter()
            .map(|warning| warning.as_str())
            .collect::<Vec<_>>()
            .join("-")
    }
}

/// A course to be opened by the decision in a first conversation (APS-5).
#[derive(Debug, Clone)]
pub struct NewCourse {
    /// The programme.
    pub programme_id: ProgrammeId,
    /// The patient.
    pub patient_id: PatientId,
    /// The referral.
    pub referral_id: ReferralId,
    /// Who carries it.
    pub supporter_id: StaffId,
    /// Who holds treatment responsibility (APS-8).
    pub treatment_responsible: TreatmentResponsible,
    /// When the decision was made.
    pub opened_at: Instant,
}
