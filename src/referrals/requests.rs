//! What is sent to take a referral from one state to another.

use serde::Deserialize;
use utoipa::ToSchema;
use validator::{Validate, ValidationError};

use super::model::{CriterionAnswer, ReferralWithdrawnBy, RejectionReason};
use crate::consents::{ConsentId, NewConsent};
use crate::platform::db::Instant;
use crate::platform::error::Result;
use crate::platform::http::input::rule;
use crate::platform::text::{Line, Prose};
use crate::programmes::ProgrammeId;
use crate::staff::StaffId;

/// Takes the patient on.
#[derive(Debug, Clone, Deserialize, ToSchema, Validate)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(example = json!({}))]
pub struct ReferralAcceptance {
    /// Who is to call the patient: the calling person where nothing is said.
    #[serde(default)]
    #[schema(nullable = false)]
    pub assigned_to: Option<StaffId>,
}

/// Does not take the patient on.
#[derive(Debug, Clone, Deserialize, ToSchema, Validate)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[validate(schema(function = other_is_explained))]
#[schema(example = json!({"reason": "otherOffer", "betterOffer": "Kommunens hjerterehabilitering"}))]
pub struct ReferralRejection {
    /// Why.
    pub reason: RejectionReason,
    /// In words; required for `other`.
    #[serde(default)]
    #[schema(nullable = false)]
    pub note: Option<Prose>,
    /// An offer that is better for the patient, where one is known; required for `otherOffer`.
    #[serde(default)]
    #[schema(nullable = false)]
    pub better_offer: Option<Line>,
}

fn other_is_explained(rejection: &ReferralRejection) -> Result<(), ValidationError> {
    match rejection.reason {
        RejectionReason::Other if rejection.note.is_none() => Err(rule(
            "/note",
            "required",
            "is required with the reason other",
        )),
        RejectionReason::OtherOffer if rejection.better_offer.is_none() => Err(rule(
            "/betterOffer",
            "required",
            "is required with the reason otherOffer",
        )),
        _ => Ok(()),
    }
}

/// Asks the referrer for more.
#[derive(Debug, Clone, Deserialize, ToSchema, Validate)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(example = json!({"items": "Oplys venligst om indlæggelser det seneste år."}))]
pub struct SupplementRequest {
    /// What is asked for.
    pub items: Prose,
}

/// What the referrer sends afterwards, asked for or not.
#[derive(Debug, Clone, Deserialize, ToSchema, Validate)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[validate(schema(function = something_comes))]
#[schema(example = json!({"criteria": [{"code": "chronicDisease", "answer": "yes"}], "text": "To indlæggelser i 2025."}))]
pub struct NewSupplement {
    /// When it came: now where nothing is said. The clock runs again from that day (APS-4).
    #[serde(default)]
    #[schema(nullable = false)]
    pub received_at: Option<Instant>,
    /// Criteria that are answered anew; others stay as they were.
    #[serde(default)]
    #[schema(max_items = 50)]
    pub criteria: Vec<CriterionAnswer>,
    /// What came, in words.
    #[serde(default)]
    #[schema(nullable = false)]
    pub text: Option<Prose>,
    /// The programme's name as it is stated now.
    #[serde(default)]
    #[schema(nullable = false)]
    pub stated_programme: Option<Line>,
}

fn something_comes(new: &NewSupplement) -> Result<(), ValidationError> {
    if new.criteria.is_empty() && new.text.is_none() && new.stated_programme.is_none() {
        return Err(rule(
            "/text",
            "required",
            "send text, criteria or statedProgramme: a supplement brings something",
        ));
    }
    Ok(())
}

/// Passes a referral on to another programme of the same data controller.
#[derive(Debug, Clone, Deserialize, ToSchema, Validate)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[validate(schema(function = at_most_one_consent))]
#[schema(example = json!({"programmeId": "01980f1e-7d2c-7c3a-9b1e-2f6d8a4c5e70", "reason": "Patienten har brug for brobygning."}))]
pub struct ReferralForwarding {
    /// The programme it is passed on to.
    pub programme_id: ProgrammeId,
    /// Why.
    pub reason: Prose,
    /// The patient's consent to being referred there, to be recorded. Not needed where an active
    /// consent covers that programme (APS-3).
    #[serde(default)]
    #[schema(nullable = false)]
    pub consent: Option<NewConsent>,
    /// A recorded consent that covers it; the service looks for one where nothing is said.
    #[serde(default)]
    #[schema(nullable = false)]
    pub consent_id: Option<ConsentId>,
}

fn at_most_one_consent(forwarding: &ReferralForwarding) -> Result<(), ValidationError> {
    if forwarding.consent.is_some() && forwarding.consent_id.is_some() {
        return Err(rule(
            "/consentId",
            "atMostOne",
            "send consent or consentId, and not both",
        ));
    }
    Ok(())
}

/// Takes a referral back.
#[derive(Debug, Clone, Deserialize, ToSchema, Validate)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(example = json!({"withdrawnBy": "patient"}))]
pub struct ReferralWithdrawal {
    /// Who takes it back.
    pub withdrawn_by: ReferralWithdrawnBy,
    /// Why, in words.
    #[serde(default)]
    #[schema(nullable = false)]
    pub reason: Option<Prose>,
}
