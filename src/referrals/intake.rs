//! A referral comes in (APS-1 to APS-4).

use serde::Deserialize;
use utoipa::ToSchema;
use validator::{Validate, ValidationError};

use super::clock::Clock;
use super::consent::consent_of;
use super::model::{CriterionAnswer, Referral, ReferralState, Referrer};
use super::requirements;
use super::rules::{assess, merge_answers};
use super::store;
use crate::consents::{Consent, ConsentId, NewConsent};
use crate::courses;
use crate::organisations;
use crate::patients::{self, NewPatient, Patient, PatientId};
use crate::platform::app::Cx;
use crate::platform::db::Instant;
use crate::platform::error::{Error, FieldError, ProblemCode, Result};
use crate::platform::events::Event;
use crate::platform::http::input::rule;
use crate::platform::id::Id;
use crate::platform::text::{Line, Prose};
use crate::programmes::{self, Channel, Programme, ProgrammeId};

/// A referral to be registered.
#[derive(Debug, Clone, Deserialize, ToSchema, Validate)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[validate(schema(function = one_patient_one_consent))]
#[schema(example = json!({
    "programmeId": "01980f1e-7d2c-7c3a-9b1e-2f6d8a4c5e70",
    "channel": "hospital",
    "sentAt": "2026-03-27T09:10:00Z",
    "statedProgramme": "Aktiv Patientstøtte",
    "patient": {
        "identifiers": [{"system": "urn:oid:1.2.208.176.1.2", "value": "070761-4285"}],
        "name": {"given": "Anna", "family": "Prøvesen"},
        "telephones": [{"label": "mobile", "number": "+4532105432"}],
        "municipalityCode": "0370"
    },
    "consent": {"purpose": "referral", "form": "oral", "givenAt": "2026-03-27T09:00:00Z"},
    "referrer": {"name": "Dr. Ida Prøve", "organisationName": "Prøve Sygehus", "role": "doctor", "telephone": "+4532105432"},
    "criteria": [{"code": "chronicDisease", "answer": "yes"}]
}))]
pub struct NewReferral {
    /// The programme that is asked.
    pub programme_id: ProgrammeId,
    /// How it comes; the programme's policy says what each channel requires (APS-2).
    pub channel: Channel,
    /// When the referrer sent it. The consent was given by then (APS-3).
    pub sent_at: Instant,
    /// When it was received: now where nothing is said. The clock starts on that day (APS-4).
    #[serde(default)]
    #[schema(nullable = false)]
    pub received_at: Option<Instant>,
    /// The programme's name as the referral states it. Required where the channel's policy says
    /// so (APS-2); case, spacing and diacritics do not matter.
    #[serde(default)]
    #[schema(nullable = false)]
    pub stated_programme: Option<Line>,
    /// The patient. One who is known is found, and the record is not overwritten. Either this or
    /// `patientId`.
    #[serde(default)]
    #[schema(nullable = false)]
    pub patient: Option<NewPatient>,
    /// A patient who is known. Either this or `patient`.
    #[serde(default)]
    #[schema(nullable = false)]
    pub patient_id: Option<PatientId>,
    /// The patient's consent to being referred, to be recorded with the referral. Either this or
    /// `consentId`.
    #[serde(default)]
    #[schema(nullable = false)]
    pub consent: Option<NewConsent>,
    /// A consent that is recorded already. Either this or `consent`.
    #[serde(default)]
    #[schema(nullable = false)]
    pub consent_id: Option<ConsentId>,
    /// Who refers.
    #[serde(default)]
    #[schema(nullable = false)]
    pub referrer: Option<Referrer>,
    /// Why the patient is referred.
    #[serde(default)]
    #[schema(nullable = false)]
    pub reason: Option<Prose>,
    /// Answers to the programme's criteria (APS-1); what is not answered is unknown.
    #[serde(default)]
    #[schema(max_items = 50)]
    pub criteria: Vec<CriterionAnswer>,
}

fn one_patient_one_consent(new: &NewReferral) -> Result<(), ValidationError> {
    if new.patient.is_some() == new.patient_id.is_some() {
        return Err(rule(
            "/patientId",
            "exactlyOne",
            "send either patient or patientId, and not both",
        ));
    }
    if new.consent.is_some() == new.consent_id.is_some() {
        return Err(rule(
            "/consentId",
            "exactlyOne",
            "send either consent or consentId, and not both (APS-3)",
        ));
    }
    Ok(())
}

/// Registers a referral: finds or makes the patient, records the consent, starts the clock.
pub fn register(cx: &mut Cx<'_>, new: &NewReferral) -> Result<Referral> {
    if let Some(own) = cx.scope().patient
        && (new.channel != Channel::SelfReferral || new.patient_id != Some(own))
    {
        return Err(Error::problem(
            ProblemCode::Forbidden,
            "A patient refers nobody else: send channel selfReferral and your own patientId.",
        ));
    }
    let programme = programmes::find(cx, new.programme_id)
        .map_err(|error| at("/programmeId", "programme", error))?;
    let mut wrong = requirements::check(new, &programme, cx.now);
    if let Some(organisation) = new.referrer.as_ref().and_then(|it| it.organisation_id)
        && let Err(error) = organisations::find(cx, organisation)
    {
        match error.code() {
            ProblemCode::NotFound => wrong.push(unseen("/referrer/organisationId", "organisation")),
            _ => return Err(error),
        }
    }
    Error::unless_empty(wrong)?;
    check_active(&programme)?;
    let (patient, is_new) = match (&new.patient, new.patient_id) {
        (Some(inline), _) => {
            patients::find_or_create(cx, inline).map_err(|error| error.below("/patient"))?
        }
        (None, Some(id)) => (
            patients::find(cx, id).map_err(|error| at("/patientId", "patient", error))?,
            false,
        ),
        (None, None) => return Err(Error::internal("a referral of nobody")),
    };
    if new.patient.is_none()
        && let Some(channel) = programme.policy.channel(new.channel)
    {
        let wrong = requirements::check_record(channel, &patient, "/patientId");
        Error::unless_empty(wrong)?;
    }
    // Nobody can have referred a patient who was not known a moment ago.
    if !is_new {
        check_none_open(cx, programme.id, patient.id)?;
    }
    let consent = consent_of(
        cx,
        &patient,
        &programme,
        new.sent_at,
        new.consent.as_ref(),
        new.consent_id,
        is_new,
    )?;
    let mut referral = draft(cx.now, &programme, &patient, &consent)?;
    referral.channel = new.channel;
    referral.sent_at = new.sent_at;
    referral.stated_programme.clone_from(&new.stated_programme);
    referral.referrer = new
        .referrer
        .clone()
        .map(|referrer| requirements::normal(referrer, programme.policy.calendar.country));
    referral.reason.clone_from(&new.reason);
    receive(
        &mut referral,
        &programme,
        &patient,
        new.received_at.unwrap_or(cx.now),
        new.criteria.clone(),
    )?;
    store_new(cx, &mut referral)?;
    Ok(referral)
}

/// A programme that takes new referrals.
pub(super) fn check_active(programme: &Programme) -> Result<()> {
    if programme.active {
        Ok(())
    } else {
        Err(Error::conflict("The programme takes no new referrals."))
    }
}

/// One open referral of a patient to a programme, and none beside a running course.
pub(super) fn check_none_open(
    cx: &mut Cx<'_>,
    programme: ProgrammeId,
    patient: PatientId,
) -> Result<()> {
    match store::open_one(cx, programme, patient)? {
        None => Ok(()),
        Some(open) => Err(Error::conflict(format!(
            "The patient has an open referral to this programme: {open}."
        ))),
    }?;
    // Nothing could come of it: a course is opened only where none runs.
    if courses::running(cx, patient, Some(programme))?.is_empty() {
        Ok(())
    } else {
        Err(Error::conflict(
            "The patient has a running course in this programme.",
        ))
    }
}

/// A referral that stands on a consent and says nothing yet: sent and received now.
pub(super) fn draft(
    now: Instant,
    programme: &Programme,
    patient: &Patient,
    consent: &Consent,
) -> Result<Referral> {
    let clock = Clock::from(&programme.policy);
    Ok(Referral {
        id: Id::new(),
        programme_id: programme.id,
        patient_id: patient.id,
        consent_id: consent.id,
        channel: Channel::Internal,
        state: ReferralState::Received,
        sent_at: now,
        received_at: now,
        received_on: clock.date_of(now)?,
        due_on: None,
        due_at: None,
        overdue: false,
        first_called_at: None,
        reached_at: None,
        eligibility: super::model::Eligibility::Undetermined,
        eligibility_reasons: Vec::new(),
        criteria: Vec::new(),
        stated_programme: None,
        referrer: None,
        reason: None,
        supplements: Vec::new(),
        assigned_to: None,
        decision: None,
        replaces: None,
        replaced_by: None,
        version: 1,
        created_at: now,
        updated_at: now,
        clock,
    })
}

/// Starts the clock on the day of receipt (APS-4) and holds the answers against the criteria
/// (APS-1).
pub(super) fn receive(
    referral: &mut Referral,
    programme: &Programme,
    patient: &Patient,
    at: Instant,
    criteria: Vec<CriterionAnswer>,
) -> Result<()> {
    referral.received_at = at;
    referral.received_on = referral.clock.date_of(at)?;
    set_due(referral)?;
    referral.criteria = criteria;
    set_eligibility(referral, programme, patient);
    Ok(())
}

/// The due day as the clock has it now.
pub(super) fn set_due(referral: &mut Referral) -> Result<()> {
    referral.due_on = referral.clock.due_on(referral.received_on)?;
    referral.due_at = match referral.due_on {
        Some(day) => Some(referral.clock.end_of(day)?),
        None => None,
    };
    Ok(())
}

/// What the criteria say of the answers as they are now.
pub(super) fn set_eligibility(referral: &mut Referral, programme: &Programme, patient: &Patient) {
    let assessment = assess(
        &programme.policy.criteria,
        patient.birth_date,
        referral.received_on,
        &referral.criteria,
    );
    referral.eligibility = assessment.eligibility;
    referral.eligibility_reasons = assessment.reasons;
}

/// Holds the criteria once more against what is known now: new answers, and a date of birth that
/// the record may have learnt since (APS-1).
pub(super) fn reassess(
    cx: &mut Cx<'_>,
    referral: &mut Referral,
    answers: &[CriterionAnswer],
) -> Result<()> {
    let programme = programmes::find(cx, referral.programme_id)?;
    let patient = patients::find(cx, referral.patient_id)?;
    referral.criteria = merge_answers(&referral.criteria, answers);
    set_eligibility(referral, &programme, &patient);
    Ok(())
}

/// Stores a referral that has come in, with the event that says so.
pub(super) fn store_new(cx: &mut Cx<'_>, referral: &mut Referral) -> Result<()> {
    referral.overdue = store::is_overdue(referral, cx.now);
    store::insert(cx, referral)?;
    cx.emit(
        &Event::new("referral.received", referral.id)
            .programme(referral.programme_id)
            .patient(referral.patient_id),
    )
}

/// What the body names and the actor may not see is a wrong field, not a missing page.
pub(super) fn at(pointer: &str, what: &str, error: Error) -> Error {
    match error.code() {
        ProblemCode::NotFound => Error::invalid(vec![unseen(pointer, what)]),
        _ => error,
    }
}

fn unseen(pointer: &str, what: &str) -> FieldError {
    FieldError::new(
        pointer,
        "notFound",
        format!("is no {what} that you may see"),
    )
}
