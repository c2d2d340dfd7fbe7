//! Whether words may be quoted (HF-7). Pure.

use chrono::{Months, NaiveDate};
use chrono_tz::Tz;

use super::model::{Quotation, QuotationAgreement, QuotationStatus};
use crate::calendar::local_date;
use crate::platform::db::Instant;
use crate::platform::error::{FieldError, Result};
use crate::programmes::{Policy, Purpose};

/// The agreement of somebody who is on no patient's record, as it is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Agreement {
    /// When it was given.
    pub given_at: Instant,
    /// The day from which on it no longer counts.
    pub until: Option<NaiveDate>,
    /// When it was taken back.
    pub withdrawn_at: Option<Instant>,
}

/// Checks an agreement against the programme's policy for quotation, and says when it was given and
/// from which day on it no longer counts. Where nothing is said, it was given at `otherwise`.
pub fn check_agreement(
    new: &QuotationAgreement,
    policy: &Policy,
    otherwise: Instant,
    now: Instant,
) -> Result<Agreement, Vec<FieldError>> {
    let mut wrong = Vec::new();
    let given_at = new.given_at.unwrap_or(otherwise);
    if given_at > now {
        wrong.push(FieldError::new("/givenAt", "future", "lies in the future"));
    }
    let mut months = None;
    match policy.consent(Purpose::Quotation) {
        Some(rule) if rule.forms.contains(&new.form) => months = rule.expires_after_months,
        Some(_) => wrong.push(FieldError::new(
            "/form",
            "formNotAccepted",
            "is not a form that the programme accepts for quotation",
        )),
        None => wrong.push(FieldError::new(
            "",
            "purposeNotUsed",
            "is nothing that the programme asks consent for: it quotes nobody",
        )),
    }
    if !wrong.is_empty() {
        return Err(wrong);
    }
    let zone = policy.time_zone().unwrap_or(Tz::UTC);
    let given_on = local_date(given_at.utc(), zone);
    Ok(Agreement {
        given_at,
        until: months.and_then(|months| given_on.checked_add_months(Months::new(months))),
        withdrawn_at: None,
    })
}

/// Whether the words of feedback that is on nobody's record may be quoted on `today`.
#[must_use]
pub fn own_quotation(has_text: bool, agreement: Option<Agreement>, today: NaiveDate) -> Quotation {
    if !has_text {
        return Quotation::not(QuotationStatus::NoText);
    }
    let Some(agreement) = agreement else {
        return Quotation::not(QuotationStatus::NoConsent);
    };
    if agreement.withdrawn_at.is_some() {
        return Quotation::not(QuotationStatus::Withdrawn);
    }
    if agreement.until.is_some_and(|day| day <= today) {
        return Quotation::not(QuotationStatus::Expired);
    }
    Quotation {
        status: QuotationStatus::Allowed,
        from: Some(agreement.given_at),
        before: agreement.until,
        consent_id: None,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::programmes::ConsentForm;
    use crate::programmes::presets::preset;

    fn at(micros: i64) -> Instant {
        Instant::from_micros(micros)
    }

    fn agreement(form: ConsentForm) -> QuotationAgreement {
        QuotationAgreement {
            form,
            given_at: None,
        }
    }

    #[test]
    fn hf_7_the_programme_says_which_form_an_agreement_has() {
        let hf = &preset("HF").unwrap().policy;
        let check = |form| check_agreement(&agreement(form), hf, at(5), at(9));
        assert!(check(ConsentForm::Oral).is_err());
        assert_eq!(check(ConsentForm::Digital).unwrap().given_at, at(5));
        let ha = &preset("HA").unwrap().policy;
        assert!(check_agreement(&agreement(ConsentForm::Written), ha, at(5), at(9)).is_err());
        let late = QuotationAgreement {
            given_at: Some(at(10)),
            ..agreement(ConsentForm::Digital)
        };
        assert!(check_agreement(&late, hf, at(5), at(9)).is_err());
    }

    proptest! {
        #[test]
        fn hf_7_nothing_is_quoted_without_an_agreement_that_holds(
            has_text: bool, agreed: bool, withdrawn: bool, days in prop::option::of(-3i64..3),
        ) {
            let today: NaiveDate = "2026-03-27".parse().unwrap();
            let until = days.map(|days| today + chrono::Duration::days(days));
            let agreement = agreed.then(|| Agreement {
                given_at: at(1),
                until,
                withdrawn_at: withdrawn.then(|| at(2)),
            });
            let quotation = own_quotation(has_text, agreement, today);
            let holds = has_text && agreed && !withdrawn && days.is_none_or(|days| days > 0);
            prop_assert_eq!(quotation.status == QuotationStatus::Allowed, holds);
            prop_assert_eq!(quotation.from.is_some(), holds);
        }
    }
}
