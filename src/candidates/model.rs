//! What a candidate check asks and answers.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use validator::Validate;

use crate::patients::PersonIdentifier;
use crate::platform::text::{Code, Name};
use crate::programmes::ProgrammeId;
use crate::referrals::{CriterionAnswer, Eligibility, EligibilityReason};
use crate::silent_debug;

/// A list of candidates to be checked.
#[derive(Debug, Clone, Deserialize, ToSchema, Validate)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(example = json!({
    "programmeId": "01980f1e-7d2c-7c3a-9b1e-2f6d8a4c5e70",
    "report": "Multisygdom og indlæggelser, uge 13",
    "candidates": [{
        "externalKey": "row-1",
        "identifier": {"system": "urn:oid:1.2.208.176.1.2", "value": "070761-4285"},
        "criteria": [{"code": "chronicDisease", "answer": "yes"}]
    }]
}))]
pub struct CandidateCheck {
    /// The programme whose criteria count.
    pub programme_id: ProgrammeId,
    /// The report that the list comes from.
    pub report: Name,
    /// Whom it points out.
    #[schema(min_items = 1, max_items = 500)]
    pub candidates: Vec<Candidate>,
}

/// Somebody whom a report points out (kandidat). By identity number, birth date or both.
#[derive(Clone, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(example = json!({"externalKey": "row-1", "birthDate": "1961-07-07", "criteria": [{"code": "chronicDisease", "answer": "yes"}]}))]
pub struct Candidate {
    /// Your own key, by which the result is told; unique in the list. Never an identity number.
    pub external_key: Code,
    /// An identity number (ID-1 to ID-3): with it, the check finds who is already referred.
    #[serde(default)]
    #[schema(nullable = false)]
    pub identifier: Option<PersonIdentifier>,
    /// Date of birth, for the age (APS-1). Taken from the identity number where there is one. Neither
    /// in the future nor more than 130 years ago.
    #[serde(default)]
    #[schema(nullable = false)]
    pub birth_date: Option<NaiveDate>,
    /// Answers to the programme's criteria; what is not answered is unknown.
    #[serde(default)]
    #[schema(max_items = 50)]
    pub criteria: Vec<CriterionAnswer>,
}

silent_debug!(Candidate);

/// The results, in the order of the list. Nothing of it is kept (APS-9).
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct CandidateCheckResult {
    /// The report that the list came from.
    pub report: Name,
    /// The day that ages were found for, in the programme's time zone.
    pub checked_on: NaiveDate,
    /// One for each candidate.
    pub results: Vec<CandidateResult>,
}

/// What the check says of one candidate.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({"externalKey": "row-1", "eligibility": "eligible", "reasons": [], "alreadyReferred": false, "inCourse": false}))]
pub struct CandidateResult {
    /// Your own key.
    pub external_key: Code,
    /// What the criteria say (APS-1).
    pub eligibility: Eligibility,
    /// Why, criterion by criterion.
    pub reasons: Vec<EligibilityReason>,
    /// Whether there is an open referral to the programme; null without an identity number.
    #[schema(required = true)]
    pub already_referred: Option<bool>,
    /// Whether a course runs in the programme; null without an identity number.
    #[schema(required = true)]
    pub in_course: Option<bool>,
}
