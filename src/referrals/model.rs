//! What a referral is.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::clock::Clock;
use crate::closed_enum;
use crate::consents::ConsentId;
use crate::organisations::OrganisationId;
use crate::patients::PatientId;
use crate::platform::db::Instant;
use crate::platform::id::Id;
use crate::platform::text::{Code, Line, Name, Prose};
use crate::programmes::{Channel, ProgrammeId};
use crate::staff::StaffId;

/// The id of a referral.
pub type ReferralId = Id<Referral>;

closed_enum! {
    /// Where a referral (henvisning) stands: received (modtaget), awaitingSupplement (afventer
    /// supplerende oplysninger), accepted (accepteret), rejected (afvist), forwarded
    /// (viderevisiteret), withdrawn (tilbagekaldt), enrolled (optaget i forløb), notSuitable
    /// (ikke det rette tilbud).
    pub enum ReferralState {
        /// Registered, not yet decided on.
        Received = "received",
        /// The referrer was asked for more; the clock may stand still.
        AwaitingSupplement = "awaitingSupplement",
        /// Taken on; the patient is to be called.
        Accepted = "accepted",
        /// Not taken on.
        Rejected = "rejected",
        /// Passed on to another programme.
        Forwarded = "forwarded",
        /// Taken back by referrer or patient, or its consent was.
        Withdrawn = "withdrawn",
        /// The first conversation opened a course.
        Enrolled = "enrolled",
        /// The first conversation showed that the programme is not right.
        NotSuitable = "notSuitable",
    }
}

closed_enum! {
    /// What the criteria say (APS-1): eligible (opfylder kriterierne), notEligible (opfylder dem
    /// ikke), undetermined (uafklaret).
    pub enum Eligibility {
        /// Everything required is met and an indication is there.
        Eligible = "eligible",
        /// Something required is missing, or every indication is.
        NotEligible = "notEligible",
        /// Something is unknown; settled in the first conversation.
        Undetermined = "undetermined",
    }
}

closed_enum! {
    /// The answer to a criterion: yes (ja), no (nej), unknown (uoplyst).
    pub enum YesNoUnknown {
        /// Yes.
        Yes = "yes",
        /// No.
        No = "no",
        /// Not known; never blocks intake.
        Unknown = "unknown",
    }
}

closed_enum! {
    /// What a reason of the eligibility speaks of: oldEnough (gammel nok), tooYoung (for ung),
    /// ageUnknown (alder uoplyst), requirementMet (krav opfyldt), requirementNotMet (krav ikke
    /// opfyldt), requirementUnknown (krav uoplyst), indicationPresent (indikation til stede),
    /// indicationAbsent (indikation ikke til stede), indicationUnknown (indikation uoplyst).
    pub enum EligibilityReasonCode {
        /// At least the youngest age on the day of receipt.
        OldEnough = "oldEnough",
        /// Below the youngest age on the day of receipt.
        TooYoung = "tooYoung",
        /// The birth date is not known.
        AgeUnknown = "ageUnknown",
        /// A required criterion was answered yes.
        RequirementMet = "requirementMet",
        /// A required criterion was answered no.
        RequirementNotMet = "requirementNotMet",
        /// A required criterion is not settled.
        RequirementUnknown = "requirementUnknown",
        /// An indication was answered yes.
        IndicationPresent = "indicationPresent",
        /// An indication was answered no.
        IndicationAbsent = "indicationAbsent",
        /// An indication is not settled.
        IndicationUnknown = "indicationUnknown",
    }
}

closed_enum! {
    /// Why a referral was not taken on: notEligible (opfylder ikke kriterierne),
    /// outsideCatchment (uden for optageområdet), duplicate (allerede henvist), otherOffer
    /// (andet tilbud), insufficientInformation (utilstrækkelige oplysninger), other (andet).
    pub enum RejectionReason {
        /// The criteria are not met.
        NotEligible = "notEligible",
        /// The patient lives elsewhere.
        OutsideCatchment = "outsideCatchment",
        /// The patient is referred or in a course already.
        Duplicate = "duplicate",
        /// Another offer is better; name it in `betterOffer`.
        OtherOffer = "otherOffer",
        /// What is needed did not come.
        InsufficientInformation = "insufficientInformation",
        /// Something else; say it in `note`.
        Other = "other",
    }
}

closed_enum! {
    /// Who took a referral back: referrer (henviser), patient (patienten).
    pub enum ReferralWithdrawnBy {
        /// The referrer.
        Referrer = "referrer",
        /// The patient.
        Patient = "patient",
    }
}

/// The answer to one of the programme's criteria.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(example = json!({"code": "chronicDisease", "answer": "yes"}))]
pub struct CriterionAnswer {
    /// The criterion's code in the programme's policy.
    pub code: Code,
    /// The answer.
    pub answer: YesNoUnknown,
}

/// One reason of the eligibility (APS-1).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct EligibilityReason {
    /// What it speaks of.
    pub code: EligibilityReasonCode,
    /// The criterion it comes from; none for age.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub criterion: Option<Code>,
    /// In words, for people.
    pub text: Line,
}

/// Who referred (henviser).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(example = json!({"name": "Dr. Ida Prøve", "organisationName": "Lægehuset Prøvevej", "role": "general practitioner", "telephone": "+4532105432"}))]
pub struct Referrer {
    /// The person.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub name: Option<Name>,
    /// The organisation, where it is one of your data controller.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub organisation_id: Option<OrganisationId>,
    /// The organisation in words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub organisation_name: Option<Name>,
    /// In which role: doctor, nurse, case worker.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub role: Option<Name>,
    /// How to reach the referrer; kept in international form.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub telephone: Option<Line>,
    /// Where the answer goes: a safe address (APS-11), never e-mail.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub reply_to: Option<Line>,
}

/// Something the referrer was asked for, and what came.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ReferralSupplement {
    /// When it was asked for; absent where it came unasked.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub requested_at: Option<Instant>,
    /// What was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub items: Option<Prose>,
    /// When it came; absent while it is awaited.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub received_at: Option<Instant>,
    /// What came.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub text: Option<Prose>,
}

/// How a referral was decided or ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ReferralDecision {
    /// When.
    pub at: Instant,
    /// Why: the reason of a rejection; `referrer`, `patient` or `consentWithdrawn` for a
    /// withdrawal; the reason given in the first conversation for notSuitable. Absent where the
    /// state says it all.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub reason: Option<String>,
    /// In words.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub note: Option<Prose>,
    /// An offer that is better for the patient, where one is known (APS-5).
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub better_offer: Option<Line>,
}

/// A request that a programme takes a patient (henvisning).
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Referral {
    /// Its id.
    pub id: ReferralId,
    /// The programme that is asked.
    pub programme_id: ProgrammeId,
    /// The patient.
    pub patient_id: PatientId,
    /// The consent it stands on (APS-3).
    pub consent_id: ConsentId,
    /// How it came (APS-2).
    pub channel: Channel,
    /// Where it stands.
    pub state: ReferralState,
    /// When the referrer sent it.
    pub sent_at: Instant,
    /// When it was received.
    pub received_at: Instant,
    /// Day 0 of the deadline: the date of receipt in the programme's time zone (APS-4).
    pub received_on: NaiveDate,
    /// The last day for the first call; null while the clock stands still.
    #[schema(required = true)]
    pub due_on: Option<NaiveDate>,
    /// The end of that day in the programme's time zone: call before this instant.
    #[schema(required = true)]
    pub due_at: Option<Instant>,
    /// Whether the referral is open, nobody has called the patient, and the time for it is over.
    pub overdue: bool,
    /// When the patient was first called.
    #[schema(required = true)]
    pub first_called_at: Option<Instant>,
    /// When the patient was first reached (APS-5).
    #[schema(required = true)]
    pub reached_at: Option<Instant>,
    /// What the criteria say (APS-1). Never decides by itself.
    pub eligibility: Eligibility,
    /// Why, criterion by criterion.
    pub eligibility_reasons: Vec<EligibilityReason>,
    /// The criteria as they were answered; what is not here is unknown.
    pub criteria: Vec<CriterionAnswer>,
    /// The programme's name as the referral states it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub stated_programme: Option<Line>,
    /// Who referred. Where the patient's name and address are protected and you may not see them,
    /// `name`, `telephone` and `replyTo` of one who may be the patient, or live with the patient, are
    /// left out (ID-5): of a self-referral, of a forwarded referral, and where no organisation is
    /// named.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub referrer: Option<Referrer>,
    /// Why the patient is referred.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub reason: Option<Prose>,
    /// What was asked for and what came, oldest first.
    pub supplements: Vec<ReferralSupplement>,
    /// Who is to call the patient.
    #[schema(required = true)]
    pub assigned_to: Option<StaffId>,
    /// The latest decision; absent before there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub decision: Option<ReferralDecision>,
    /// The referral that this one was forwarded from.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub replaces: Option<ReferralId>,
    /// The referral that this one was forwarded as.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub replaced_by: Option<ReferralId>,
    /// Grows by one with each change; the `ETag`.
    pub version: i32,
    /// When it was registered.
    pub created_at: Instant,
    /// When it was last changed.
    pub updated_at: Instant,
    /// How its deadline is counted.
    #[serde(skip)]
    #[schema(ignore)]
    pub clock: Clock,
}
