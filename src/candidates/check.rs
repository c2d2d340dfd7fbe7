//! The check itself: everything is read, nothing is written.

use chrono::NaiveDate;

use super::model::{Candidate, CandidateCheck, CandidateCheckResult, CandidateResult};
use crate::calendar::local_date;
use crate::courses;
use crate::identity::{Identifier, check_birth_date};
use crate::patients;
use crate::platform::app::Cx;
use crate::platform::error::{Error, FieldError, ProblemCode, Result};
use crate::programmes::{self, Policy, Programme};
use crate::referrals;

/// Holds every candidate against the programme's criteria and against who is already there.
pub fn check(cx: &mut Cx<'_>, asked: &CandidateCheck) -> Result<CandidateCheckResult> {
    let programme =
        programmes::find(cx, asked.programme_id).map_err(|error| match error.code() {
            ProblemCode::NotFound => Error::field(
                "/programmeId",
                "notFound",
                "is no programme that you may see",
            ),
            _ => error,
        })?;
    let today = local_date(cx.now.utc(), programme.policy.time_zone()?);
    let identifiers = parse(&asked.candidates, &programme.policy, today)?;
    let mut results = Vec::with_capacity(asked.candidates.len());
    for (candidate, identifier) in asked.candidates.iter().zip(&identifiers) {
        results.push(check_one(
            cx,
            &programme,
            candidate,
            identifier.as_ref(),
            today,
        )?);
    }
    Ok(CandidateCheckResult {
        report: asked.report.clone(),
        checked_on: today,
        results,
    })
}

fn check_one(
    cx: &mut Cx<'_>,
    programme: &Programme,
    candidate: &Candidate,
    identifier: Option<&Identifier>,
    today: NaiveDate,
) -> Result<CandidateResult> {
    let known = match identifier {
        Some(identifier) => patients::find_by_identifier(cx, identifier)?,
        None => None,
    };
    let birth_date = candidate
        .birth_date
        .or_else(|| identifier?.birth_date())
        .or_else(|| known.as_ref()?.birth_date);
    let (referred, in_course) = match &known {
        Some(patient) => (
            referrals::open_one(cx, programme.id, patient.id)?.is_some(),
            !courses::running(cx, patient.id, Some(programme.id))?.is_empty(),
        ),
        None => (false, false),
    };
    let assessment = referrals::assess(
        &programme.policy.criteria,
        birth_date,
        today,
        &candidate.criteria,
    );
    Ok(CandidateResult {
        external_key: candidate.external_key.clone(),
        eligibility: assessment.eligibility,
        reasons: assessment.reasons,
        already_referred: identifier.map(|_| referred),
        in_course: identifier.map(|_| in_course),
    })
}

/// The identity numbers in the order of the list, or everything that is wrong with it.
fn parse(
    candidates: &[Candidate],
    policy: &Policy,
    today: NaiveDate,
) -> Result<Vec<Option<Identifier>>> {
    let mut identifiers = Vec::with_capacity(candidates.len());
    let mut wrong = Vec::new();
    let mut keys = std::collections::HashSet::new();
    for (index, candidate) in candidates.iter().enumerate() {
        let place = format!("/candidates/{index}");
        if !keys.insert(&candidate.external_key) {
            wrong.push(FieldError::new(
                format!("{place}/externalKey"),
                "duplicateItem",
                "is in the list twice",
            ));
        }
        for mut error in referrals::check_answers(policy, &candidate.criteria) {
            error.pointer.insert_str(0, &place);
            wrong.push(error);
        }
        let identifier = candidate
            .identifier
            .as_ref()
            .map(|sent| Identifier::parse(sent.system, &sent.value, today))
            .transpose()
            .unwrap_or_else(|error| {
                wrong.push(FieldError::new(
                    format!("{place}/identifier/value"),
                    error.code(),
                    error.detail(),
                ));
                None
            });
        let impossible = candidate
            .birth_date
            .and_then(|date| check_birth_date(date, today).err());
        match (&candidate.identifier, candidate.birth_date, impossible) {
            (None, None, _) => wrong.push(FieldError::new(
                format!("{place}/identifier"),
                "required",
                "send identifier, birthDate or both",
            )),
            (_, _, Some(error)) => wrong.push(FieldError::new(
                format!("{place}/birthDate"),
                error.code(),
                error.detail(),
            )),
            (_, Some(date), None)
                if identifier
                    .as_ref()
                    .and_then(Identifier::birth_date)
                    .is_some_and(|own| own != date) =>
            {
                wrong.push(FieldError::new(
                    format!("{place}/birthDate"),
                    "disagrees",
                    "is not the date of birth that the identity number holds",
                ));
            }
            _ => {}
        }
        identifiers.push(identifier);
    }
    if wrong.is_empty() {
        Ok(identifiers)
    } else {
        Err(Error::invalid(wrong))
    }
}
