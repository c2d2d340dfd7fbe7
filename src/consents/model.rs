//! What a patient agreed to, or refused.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;
use validator::Validate;

use crate::closed_enum;
use crate::organisations::OrganisationId;
use crate::patients::PatientId;
use crate::platform::db::Instant;
use crate::platform::id::Id;
use crate::platform::text::{Line, Name};
use crate::programmes::{ConsentForm, ProgrammeId, Purpose};
use crate::silent_debug;

/// The id of a consent.
pub type ConsentId = Id<Consent>;

/// A consent (samtykke / samtycke), or a refusal.
#[derive(Debug, Clone)]
pub struct Consent {
    /// Its id.
    pub id: ConsentId,
    /// Whose.
    pub patient_id: PatientId,
    /// The programme it is for; none where it is for no particular one.
    pub programme_id: Option<ProgrammeId>,
    /// What it is for.
    pub purpose: Purpose,
    /// How it was given.
    pub form: ConsentForm,
    /// Given or refused.
    pub decision: Decision,
    /// When it was given or refused.
    pub given_at: Instant,
    /// The day from which on it no longer counts.
    pub expires_on: Option<NaiveDate>,
    /// The organisation it was given to.
    pub given_to: Option<OrganisationId>,
    /// Who gave it, who took it, on what ground.
    pub details: Details,
    /// Its withdrawal.
    pub withdrawal: Option<Withdrawal>,
    /// When it was recorded.
    pub recorded_at: Instant,
    /// The actor who recorded it.
    pub recorded_by: Uuid,
}

impl Consent {
    /// 1, and 2 when it has been withdrawn: nothing else of it changes.
    #[must_use]
    pub fn version(&self) -> i32 {
        if self.withdrawal.is_some() { 2 } else { 1 }
    }
}

closed_enum! {
    /// What was decided: given (givet / lämnat) or refused (afslået / nekat).
    pub enum Decision {
        /// The patient agreed.
        Given = "given",
        /// The patient said no.
        Refused = "refused",
    }
}

closed_enum! {
    /// Who gave the consent: patient, or a relative (pårørende / närstående) on the patient's
    /// behalf.
    pub enum Giver {
        /// The patient.
        Patient = "patient",
        /// A relative with authority.
        Relative = "relative",
    }
}

closed_enum! {
    /// With which authority a relative decides: guardian (værge / god man, förvaltare),
    /// parentalAuthority (forældremyndighed / vårdnadshavare), powerOfAttorney (fuldmagt /
    /// fullmakt), nextOfKin (nærmeste pårørende / närmast anhörig).
    pub enum Authority {
        /// Appointed guardian.
        Guardian = "guardian",
        /// Holder of parental authority.
        ParentalAuthority = "parentalAuthority",
        /// Power of attorney.
        PowerOfAttorney = "powerOfAttorney",
        /// Next of kin of a person who cannot decide.
        NextOfKin = "nextOfKin",
    }
}

/// Who gave it. A relative is named by `relativeId` or by `name`, with the authority.
#[derive(Clone, Serialize, Deserialize, ToSchema, Validate)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(example = json!({"kind": "patient"}))]
pub struct GivenBy {
    /// The patient or a relative.
    pub kind: Giver,
    /// A relative on the patient's record.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, value_type = Option<Uuid>)]
    pub relative_id: Option<Id<crate::patients::Relative>>,
    /// The name of a relative who is not on the record.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub name: Option<Name>,
    /// With which authority the relative decides.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub authority: Option<Authority>,
}

impl Default for GivenBy {
    fn default() -> Self {
        Self {
            kind: Giver::Patient,
            relative_id: None,
            name: None,
            authority: None,
        }
    }
}

/// What is personal in a consent: sealed.
#[derive(Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Details {
    /// Who gave it.
    pub given_by: GivenBy,
    /// Who took it.
    pub taken_by: Option<Name>,
    /// The legal basis.
    pub legal_basis: Option<Line>,
    /// A remark.
    pub note: Option<Line>,
}

/// A consent to be recorded.
#[derive(Clone, Deserialize, ToSchema, Validate)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(example = json!({"programmeId": "01980f1e-7d2c-7c3a-9b1e-2f6d8a4c5e70", "purpose": "referral", "form": "oral", "givenAt": "2026-03-27T09:00:00Z"}))]
pub struct NewConsent {
    /// The programme it is for; absent where it is for no particular one.
    #[serde(default)]
    #[schema(nullable = false)]
    pub programme_id: Option<ProgrammeId>,
    /// What it is for.
    pub purpose: Purpose,
    /// How it was given; the programme's policy says which forms the purpose accepts.
    pub form: ConsentForm,
    /// Given or refused; given where nothing is said.
    #[serde(default = "given")]
    #[schema(default = "given", value_type = Decision)]
    pub decision: Decision,
    /// When it was given or refused. Not in the future.
    pub given_at: Instant,
    /// The day from which on it no longer counts; never later than the programme's policy
    /// allows, and that day where nothing is said.
    #[serde(default)]
    #[schema(nullable = false)]
    pub expires_on: Option<NaiveDate>,
    /// Who gave it: the patient where nothing is said.
    #[serde(default)]
    #[schema(nullable = false)]
    pub given_by: Option<GivenBy>,
    /// The name of the person who took it.
    #[serde(default)]
    #[schema(nullable = false)]
    pub taken_by: Option<Name>,
    /// The organisation it was given to.
    #[serde(default)]
    #[schema(nullable = false)]
    pub given_to: Option<OrganisationId>,
    /// The legal basis (hjemmel / rättslig grund).
    #[serde(default)]
    #[schema(nullable = false)]
    pub legal_basis: Option<Line>,
    /// A remark.
    #[serde(default)]
    #[schema(nullable = false)]
    pub note: Option<Line>,
}

fn given() -> Decision {
    Decision::Given
}

closed_enum! {
    /// Who withdrew: the patient, a relative with authority, or the controller (dataansvarlig /
    /// personuppgiftsansvarig) who found that the consent must not be used.
    pub enum WithdrawnBy {
        /// The patient.
        Patient = "patient",
        /// A relative.
        Relative = "relative",
        /// The data controller.
        Controller = "controller",
    }
}

closed_enum! {
    /// What a withdrawal ended: referral (henvisning), callSession (samtale), course (forløb),
    /// booking (booking / bokning), waitingListEntry (venteliste / väntelista),
    /// feedback (tilbagemelding / återkoppling, which may no longer be quoted).
    pub enum EndedKind {
        /// A referral.
        Referral = "referral",
        /// A planned call session.
        CallSession = "callSession",
        /// A course.
        Course = "course",
        /// A booking still to come.
        Booking = "booking",
        /// An entry of the waiting list.
        WaitingListEntry = "waitingListEntry",
        /// Feedback, which may no longer be quoted.
        Feedback = "feedback",
    }
}

/// Something that ended with a consent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({"kind": "referral", "id": "01980f1e-7d2c-7c3a-9b1e-2f6d8a4c5e70"}))]
pub struct Ended {
    /// What it is.
    pub kind: EndedKind,
    /// Its id.
    pub id: Uuid,
}

/// A withdrawal to be recorded.
#[derive(Debug, Clone, Deserialize, ToSchema, Validate)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(example = json!({"withdrawnBy": "patient"}))]
pub struct NewWithdrawal {
    /// When it was withdrawn: now where nothing is said. Neither in the future nor before the
    /// consent was given.
    #[serde(default)]
    #[schema(nullable = false)]
    pub withdrawn_at: Option<Instant>,
    /// Who withdrew it: the patient where nothing is said.
    #[serde(default = "by_patient")]
    #[schema(default = "patient", value_type = WithdrawnBy)]
    pub withdrawn_by: WithdrawnBy,
}

fn by_patient() -> WithdrawnBy {
    WithdrawnBy::Patient
}

closed_enum! {
    /// What a consent is worth now: active (gældende / gällande), withdrawn (trukket tilbage /
    /// återkallat), expired (udløbet / utgånget), refused (afslået / nekat).
    pub enum ConsentStatus {
        /// It counts.
        Active = "active",
        /// It was withdrawn.
        Withdrawn = "withdrawn",
        /// It has ended by itself.
        Expired = "expired",
        /// It was never given.
        Refused = "refused",
    }
}

/// The withdrawal of a consent.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Withdrawal {
    /// When it was withdrawn.
    pub withdrawn_at: Instant,
    /// Who withdrew it.
    pub withdrawn_by: WithdrawnBy,
    /// What ended with it, in the same transaction.
    pub ended: Vec<Ended>,
    /// When that was recorded.
    pub recorded_at: Instant,
    /// The actor who recorded it.
    pub recorded_by: Uuid,
}

silent_debug!(GivenBy, Details, NewConsent);
