//! Which consents are accepted, until when they count, and which one covers a step. Pure.

use chrono::{Months, NaiveDate};
use chrono_tz::Tz;

use super::model::{
    Consent, ConsentStatus, Decision, GivenBy, Giver, NewConsent, NewWithdrawal, WithdrawnBy,
};
use crate::calendar::local_date;
use crate::platform::db::Instant;
use crate::platform::error::{Error, FieldError, Result};
use crate::programmes::{Policy, ProgrammeId, Purpose};

/// Where a consent is for no particular programme: the longest that disclosure outside treatment
/// can be agreed to, in months. The law sets it, not a programme.
const SHARING_MONTHS: u32 = 12;

/// The zone in which days begin where no programme says another one.
pub const DEFAULT_ZONE: Tz = Tz::Europe__Copenhagen;

/// Checks a consent against the programme's policy, and says from which day on it no longer
/// counts. Everything that is wrong is named at once.
pub fn check(
    new: &NewConsent,
    policy: Option<&Policy>,
    zone: Tz,
    now: Instant,
) -> Result<Option<NaiveDate>> {
    let mut wrong = Vec::new();
    if new.given_at > now {
        wrong.push(FieldError::new("/givenAt", "future", "lies in the future"));
    }
    if let Some(given_by) = &new.given_by {
        check_giver(given_by, &mut wrong);
    }
    let mut months =
        (policy.is_none() && new.purpose == Purpose::InformationSharing).then_some(SHARING_MONTHS);
    match policy.map(|policy| policy.consent(new.purpose)) {
        Some(None) => wrong.push(FieldError::new(
            "/purpose",
            "purposeNotUsed",
            "is not a purpose that the programme asks consent for",
        )),
        Some(Some(rule)) => {
            if !rule.forms.contains(&new.form) {
                let forms: Vec<&str> = rule.forms.iter().map(|form| form.as_str()).collect();
                wrong.push(FieldError::new(
                    "/form",
                    "formNotAccepted",
                    format!(
                        "the programme accepts for this purpose: {}",
                        forms.join(", ")
                    ),
                ));
            }
            months = rule.expires_after_months;
        }
        None => {}
    }
    let given_on = local_date(new.given_at.utc(), zone);
    let latest = months.and_then(|months| given_on.checked_add_months(Months::new(months)));
    if let Some(sent) = new.expires_on {
        if sent <= given_on {
            wrong.push(FieldError::new(
                "/expiresOn",
                "beforeGiven",
                "must be later than the day the consent was given",
            ));
        } else if latest.is_some_and(|latest| sent > latest) {
            wrong.push(FieldError::new(
                "/expiresOn",
                "tooLate",
                "is later than the programme's policy or the law allows",
            ));
        }
    }
    Error::unless_empty(wrong)?;
    Ok(match new.decision {
        Decision::Given => new.expires_on.or(latest),
        Decision::Refused => None,
    })
}

/// A relative is named, by id or by name, and has an authority; a patient needs neither.
fn check_giver(given_by: &GivenBy, wrong: &mut Vec<FieldError>) {
    let named = [given_by.relative_id.is_some(), given_by.name.is_some()];
    let ways = named.into_iter().filter(|way| *way).count();
    match given_by.kind {
        Giver::Patient if ways > 0 || given_by.authority.is_some() => wrong.push(FieldError::new(
            "/givenBy",
            "notRelative",
            "takes relativeId, name and authority only for a relative",
        )),
        Giver::Relative => {
            if ways != 1 {
                wrong.push(FieldError::new(
                    "/givenBy",
                    "oneOf",
                    "needs exactly one of relativeId and name for a relative",
                ));
            }
            if given_by.authority.is_none() {
                wrong.push(FieldError::new(
                    "/givenBy/authority",
                    "required",
                    "is needed for a relative",
                ));
            }
        }
        Giver::Patient => {}
    }
}

/// What the consent is worth at `at`, in the programme's time zone.
#[must_use]
pub fn status(consent: &Consent, zone: Tz, at: Instant) -> ConsentStatus {
    let withdrawn = consent
        .withdrawal
        .as_ref()
        .is_some_and(|withdrawal| withdrawal.withdrawn_at <= at);
    let expired = consent
        .expires_on
        .is_some_and(|day| day <= local_date(at.utc(), zone));
    match consent.decision {
        Decision::Refused => ConsentStatus::Refused,
        Decision::Given if withdrawn => ConsentStatus::Withdrawn,
        Decision::Given if expired => ConsentStatus::Expired,
        Decision::Given => ConsentStatus::Active,
    }
}

/// The consent among a patient's `decisions` that covers `purpose` in `programme` at `at`. Those
/// withdrawn or expired by then are out of play; of the others the latest decision counts, so
/// that a refusal ends what was agreed before it. A decision for no particular programme counts in
/// every one.
#[must_use]
pub fn covering(
    decisions: impl IntoIterator<Item = Consent>,
    purpose: Purpose,
    programme: Option<ProgrammeId>,
    zone: Tz,
    at: Instant,
) -> Option<Consent> {
    decisions
        .into_iter()
        .filter(|consent| {
            is_for(consent, purpose, programme)
                && consent.given_at <= at
                && matches!(
                    status(consent, zone, at),
                    ConsentStatus::Active | ConsentStatus::Refused
                )
        })
        .max_by_key(|consent| (consent.given_at, consent.recorded_at, consent.id))
        .filter(|latest| latest.decision == Decision::Given)
}

fn is_for(consent: &Consent, purpose: Purpose, programme: Option<ProgrammeId>) -> bool {
    consent.purpose == purpose
        && (consent.programme_id.is_none() || consent.programme_id == programme)
}

/// Whether the patient took back, after `given_at`, what was agreed to then: a message that says it
/// once more says nothing new. Clients send whole seconds.
#[must_use]
pub fn was_taken_back(
    decisions: &[Consent],
    purpose: Purpose,
    programme: Option<ProgrammeId>,
    given_at: Instant,
) -> bool {
    decisions.iter().any(|consent| {
        is_for(consent, purpose, programme)
            && consent.withdrawal.as_ref().is_some_and(|withdrawal| {
                given_at.utc().timestamp() < withdrawal.withdrawn_at.utc().timestamp()
            })
    })
}

/// Checks a withdrawal, and says when it took effect.
pub fn check_withdrawal(
    consent: &Consent,
    new: &NewWithdrawal,
    by_patient: bool,
    now: Instant,
) -> Result<Instant> {
    let no_steps: [&str; 0] = [];
    if consent.decision == Decision::Refused {
        return Err(Error::state(
            "A refusal cannot be withdrawn. Record a consent where the patient agrees now.",
            ConsentStatus::Refused,
            no_steps,
        ));
    }
    if consent.withdrawal.is_some() {
        return Err(Error::state(
            "The consent has been withdrawn already.",
            ConsentStatus::Withdrawn,
            no_steps,
        ));
    }
    let at = new.withdrawn_at.unwrap_or(now);
    let mut wrong = Vec::new();
    if at > now {
        wrong.push(FieldError::new(
            "/withdrawnAt",
            "future",
            "lies in the future",
        ));
    } else if at < consent.given_at {
        wrong.push(FieldError::new(
            "/withdrawnAt",
            "beforeGiven",
            "lies before the consent was given",
        ));
    }
    if by_patient && new.withdrawn_by != WithdrawnBy::Patient {
        wrong.push(FieldError::new(
            "/withdrawnBy",
            "notPatient",
            "must be patient where the patient withdraws",
        ));
    }
    if wrong.is_empty() {
        Ok(at)
    } else {
        Err(Error::invalid(wrong))
    }
}

#[cfg(test)]
#[path = "rules_tests.rs"]
mod tests;
