//! What a call session is.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::closed_enum;
use crate::courses::CourseId;
use crate::patients::{PatientId, TelephoneLabel};
use crate::platform::db::Instant;
use crate::platform::id::Id;
use crate::platform::text::{Code, Line, Prose};
use crate::programmes::ProgrammeId;
use crate::referrals::ReferralId;
use crate::staff::StaffId;

/// The id of a call session.
pub type CallSessionId = Id<CallSession>;
/// The id of a call attempt.
pub type CallAttemptId = Id<CallAttempt>;

closed_enum! {
    /// What kind of talk it is: firstConversation (første samtale / första samtal), followUp
    /// (opfølgende samtale / uppföljande samtal).
    pub enum CallSessionKind {
        /// The talk in which it is decided whether the programme is right (APS-5).
        FirstConversation = "firstConversation",
        /// A talk in a course.
        FollowUp = "followUp",
    }
}

closed_enum! {
    /// How far the talk is: planned (planlagt / planerat), completed (afholdt / genomfört),
    /// cancelled (aflyst / inställt).
    pub enum CallSessionState {
        /// It is to be held.
        Planned = "planned",
        /// It was held.
        Completed = "completed",
        /// It will not be held.
        Cancelled = "cancelled",
    }
}

closed_enum! {
    /// What came of a call attempt: reached (truffet / nådd), notReached (intet svar), busy
    /// (optaget), voicemail (telefonsvarer), wrongNumber (forkert nummer), declined (ønsker ikke
    /// at tale nu).
    pub enum AttemptOutcome {
        /// The patient answered and can talk.
        Reached = "reached",
        /// Nobody answered.
        NotReached = "notReached",
        /// The line was busy.
        Busy = "busy",
        /// An answering machine took the call.
        Voicemail = "voicemail",
        /// The number is somebody else's.
        WrongNumber = "wrongNumber",
        /// The patient answered and does not want to talk now.
        Declined = "declined",
    }
}

closed_enum! {
    /// Why a talk is not held: patientWish (patientens ønske), patientUnavailable (patienten er
    /// forhindret), supporterUnavailable (sygeplejersken er forhindret), referralWithdrawn
    /// (henvisning trukket tilbage), referralForwarded (henvisning videresendt), referralRejected
    /// (henvisning afvist), consentWithdrawn (samtykke trukket tilbage), coursePaused (forløb på
    /// pause), courseClosed (forløb afsluttet), other (andet).
    pub enum CancellationReason {
        /// The patient does not want it.
        PatientWish = "patientWish",
        /// The patient cannot.
        PatientUnavailable = "patientUnavailable",
        /// The supporter cannot.
        SupporterUnavailable = "supporterUnavailable",
        /// The referral was withdrawn.
        ReferralWithdrawn = "referralWithdrawn",
        /// The referral went to another programme.
        ReferralForwarded = "referralForwarded",
        /// The referral was rejected.
        ReferralRejected = "referralRejected",
        /// The consent was withdrawn.
        ConsentWithdrawn = "consentWithdrawn",
        /// The course rests.
        CoursePaused = "coursePaused",
        /// The course is over.
        CourseClosed = "courseClosed",
        /// Something else, said in the note.
        Other = "other",
    }
}

closed_enum! {
    /// What was decided in the first conversation (APS-5): enrol (forløb oprettes), notSuitable
    /// (indsatsen er ikke det rette).
    pub enum SuitabilityDecision {
        /// The programme is right: a course was opened.
        Enrol = "enrol",
        /// The programme is not right.
        NotSuitable = "notSuitable",
    }
}

closed_enum! {
    /// Why the programme is not right: criteriaNotMet (kriterierne er ikke opfyldt),
    /// patientDeclines (patienten ønsker det ikke), needMetElsewhere (behovet dækkes af andre),
    /// betterOffer (et andet tilbud er bedre), tooIll (for syg til samtaler), cannotUseTelephone
    /// (kan ikke tale i telefon: sprog, hørelse), other (andet).
    pub enum NotSuitableReason {
        /// The conversation settled that the criteria are not met (APS-1).
        CriteriaNotMet = "criteriaNotMet",
        /// The patient does not want it.
        PatientDeclines = "patientDeclines",
        /// Others meet the need already.
        NeedMetElsewhere = "needMetElsewhere",
        /// Another offer is better; name it in `betterOffer`.
        BetterOffer = "betterOffer",
        /// Too ill for talks.
        TooIll = "tooIll",
        /// Talks by telephone are not possible: language, hearing.
        CannotUseTelephone = "cannotUseTelephone",
        /// Something else, said in the note.
        Other = "other",
    }
}

/// The programme is not right for the patient: why, and what may be better (APS-5).
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(example = json!({"reason": "betterOffer", "note": "Vil hellere mødes i en gruppe.", "betterOffer": "Kommunens hjertehold"}))]
pub struct NotSuitable {
    /// Why.
    pub reason: NotSuitableReason,
    /// In the supporter's own words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub note: Option<Prose>,
    /// The offer that fits better, where one is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub better_offer: Option<Line>,
}

/// Why a talk is not held.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Cancelled {
    /// When it was cancelled.
    pub at: Instant,
    /// Why.
    pub reason: CancellationReason,
    /// In the supporter's own words.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub note: Option<Line>,
}

/// One planned talk (samtale), with what its call attempts come to.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct CallSession {
    /// Its id.
    pub id: CallSessionId,
    /// The programme.
    pub programme_id: ProgrammeId,
    /// The patient.
    pub patient_id: PatientId,
    /// The referral it goes back to.
    pub referral_id: ReferralId,
    /// The course, once there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub course_id: Option<CourseId>,
    /// Who calls.
    pub supporter_id: StaffId,
    /// What kind of talk.
    pub kind: CallSessionKind,
    /// How far it is.
    pub state: CallSessionState,
    /// When it is to be held.
    pub planned_at: Instant,
    /// How long it is planned to be, in minutes.
    #[schema(minimum = 5, maximum = 480)]
    pub planned_minutes: i32,
    /// The IANA time zone that the planned time is meant in.
    #[schema(example = "Europe/Copenhagen", max_length = 64)]
    pub time_zone: String,
    /// How many call attempts were made.
    #[schema(minimum = 0)]
    pub attempts: i32,
    /// When the latest attempt was made.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub last_attempt_at: Option<Instant>,
    /// When an attempt first reached the patient.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub reached_at: Option<Instant>,
    /// When the talk ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub completed_at: Option<Instant>,
    /// How long it was, in minutes.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, minimum = 1, maximum = 480)]
    pub actual_minutes: Option<i32>,
    /// What the patient wanted to talk about (dagsorden, APS-6).
    pub agenda: Vec<Line>,
    /// What was talked about: codes of the programme's topics (APS-7).
    pub topics: Vec<Code>,
    /// What is to be remembered of the talk.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub note: Option<Prose>,
    /// What was decided in the first conversation (APS-5).
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub suitability: Option<SuitabilityDecision>,
    /// Why the programme is not right, where that was decided.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub not_suitable: Option<NotSuitable>,
    /// Why it is not held, where it was cancelled.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub cancelled: Option<Cancelled>,
    /// Grows by one with each change; the `ETag`.
    pub version: i32,
    /// When it was planned.
    pub created_at: Instant,
    /// When it was last changed.
    pub updated_at: Instant,
}

/// One attempt to reach the patient by telephone (opkald).
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({"id": "01980f1e-7d2c-7c3a-9b1e-2f6d8a4c5e71", "callSessionId": "01980f1e-7d2c-7c3a-9b1e-2f6d8a4c5e70", "at": "2026-03-30T08:00:00Z", "numberLabel": "mobile", "outcome": "notReached", "recordedAt": "2026-03-30T08:02:11Z", "recordedBy": "01980f1e-7d2c-7c3a-9b1e-2f6d8a4c5e72"}))]
pub struct CallAttempt {
    /// Its id.
    pub id: CallAttemptId,
    /// The talk it was for.
    pub call_session_id: CallSessionId,
    /// When the call was made.
    pub at: Instant,
    /// Which of the patient's telephones was called, by its label; never the number (ID-6).
    pub number_label: TelephoneLabel,
    /// What came of it.
    pub outcome: AttemptOutcome,
    /// What is to be remembered of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub note: Option<Prose>,
    /// When it was registered.
    pub recorded_at: Instant,
    /// The actor who registered it.
    pub recorded_by: Uuid,
}
