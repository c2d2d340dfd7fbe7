//! What a course is.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::closed_enum;
use crate::organisations::OrganisationId;
use crate::patients::PatientId;
use crate::platform::db::Instant;
use crate::platform::id::Id;
use crate::platform::text::{Line, Name};
use crate::programmes::ProgrammeId;
use crate::referrals::ReferralId;
use crate::staff::StaffId;

/// The id of a course.
pub type CourseId = Id<Course>;

closed_enum! {
    /// How far the course is: active (i gang), paused (på pause), closed (afsluttet).
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

/// The support of one patient in one programme.
#[derive(Debug, Clone)]
pub struct Course {
    /// Its id.
    pub id: CourseId,
    /// The programme.
    pub programme_id: ProgrammeId,
    /// The patient.
    pub patient_id: PatientId,
    /// The referral it came from.
    pub referral_id: ReferralId,
    /// The fixed supporter (APS-6).
    pub supporter_id: StaffId,
    /// How far it is.
    pub state: CourseState,
    /// When it was opened.
    pub opened_at: Instant,
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
