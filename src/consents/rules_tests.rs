//! The decisions of `rules.rs`.

use proptest::prelude::*;

use super::*;
use crate::consents::model::{Authority, Details, Withdrawal};
use crate::platform::id::Id;
use crate::programmes::ConsentForm;

fn at(text: &str) -> Instant {
    serde_json::from_value(text.into()).unwrap()
}

fn new(purpose: Purpose) -> NewConsent {
    NewConsent {
        programme_id: None,
        purpose,
        form: ConsentForm::Oral,
        decision: Decision::Given,
        given_at: at("2026-03-27T09:00:00Z"),
        expires_on: None,
        given_by: None,
        taken_by: None,
        given_to: None,
        legal_basis: None,
        note: None,
    }
}

fn consent(given_at: &str, decision: Decision) -> Consent {
    Consent {
        id: Id::new(),
        patient_id: Id::new(),
        programme_id: None,
        purpose: Purpose::Referral,
        form: ConsentForm::Oral,
        decision,
        given_at: at(given_at),
        expires_on: None,
        given_to: None,
        details: Details {
            given_by: GivenBy::default(),
            taken_by: None,
            legal_basis: None,
            note: None,
        },
        withdrawal: None,
        recorded_at: at(given_at),
        recorded_by: uuid::Uuid::nil(),
    }
}

fn withdrawn(mut consent: Consent, when: &str) -> Consent {
    consent.withdrawal = Some(Withdrawal {
        withdrawn_at: at(when),
        withdrawn_by: WithdrawnBy::Patient,
        ended: Vec::new(),
        recorded_at: at(when),
        recorded_by: uuid::Uuid::nil(),
    });
    consent
}

fn pointers<T: std::fmt::Debug>(result: Result<T>) -> Vec<String> {
    match result.unwrap_err() {
        Error::Problem(problem) => problem.errors.into_iter().map(|e| e.pointer).collect(),
        other => panic!("{other:?}"),
    }
}

const NOW: &str = "2026-03-27T09:15:00Z";

#[test]
fn disclosure_outside_treatment_ends_after_a_year_at_the_latest() {
    let check = |new: &NewConsent| check(new, None, DEFAULT_ZONE, at(NOW));
    let mut sharing = new(Purpose::InformationSharing);
    assert_eq!(
        check(&sharing).unwrap(),
        Some("2027-03-27".parse().unwrap())
    );
    sharing.expires_on = Some("2026-06-01".parse().unwrap());
    assert_eq!(check(&sharing).unwrap(), sharing.expires_on);
    sharing.expires_on = Some("2027-03-28".parse().unwrap());
    assert_eq!(pointers(check(&sharing)), ["/expiresOn"]);
    assert_eq!(check(&new(Purpose::Referral)).unwrap(), None);
}

#[test]
fn what_is_wrong_is_named_at_once() {
    let mut wrong = new(Purpose::Referral);
    wrong.given_at = at("2026-03-27T09:16:00Z");
    wrong.expires_on = Some("2026-03-27".parse().unwrap());
    wrong.given_by = Some(GivenBy {
        kind: Giver::Relative,
        ..GivenBy::default()
    });
    assert_eq!(
        pointers(check(&wrong, None, DEFAULT_ZONE, at(NOW))),
        ["/givenAt", "/givenBy", "/givenBy/authority", "/expiresOn"]
    );
    wrong.given_by = Some(GivenBy {
        authority: Some(Authority::Guardian),
        ..GivenBy::default()
    });
    assert!(pointers(check(&wrong, None, DEFAULT_ZONE, at(NOW))).contains(&"/givenBy".to_owned()));
}

#[test]
fn status_follows_the_local_day_and_the_withdrawal() {
    let mut consent = consent("2026-03-01T09:00:00Z", Decision::Given);
    consent.expires_on = Some("2026-03-27".parse().unwrap());
    let status_at = |consent: &Consent, when: &str| status(consent, DEFAULT_ZONE, at(when));
    assert_eq!(
        status_at(&consent, "2026-03-26T22:59:59Z"),
        ConsentStatus::Active
    );
    assert_eq!(
        status_at(&consent, "2026-03-26T23:00:00Z"),
        ConsentStatus::Expired
    );
    let consent = withdrawn(consent, "2026-03-10T09:00:00Z");
    assert_eq!(
        status_at(&consent, "2026-03-10T08:59:59Z"),
        ConsentStatus::Active
    );
    assert_eq!(
        status_at(&consent, "2026-03-10T09:00:00Z"),
        ConsentStatus::Withdrawn
    );
}

#[test]
fn the_latest_decision_in_play_counts() {
    let covering_at = |decisions: &[&Consent], when: &str| {
        covering(
            decisions.iter().map(|one| (*one).clone()),
            Purpose::Referral,
            None,
            DEFAULT_ZONE,
            at(when),
        )
        .map(|consent| consent.id)
    };
    let first = consent("2026-03-01T09:00:00Z", Decision::Given);
    let refusal = consent("2026-03-02T09:00:00Z", Decision::Refused);
    let third = consent("2026-03-03T09:00:00Z", Decision::Given);
    let all = [&first, &refusal, &third];
    assert_eq!(covering_at(&all, "2026-02-28T09:00:00Z"), None);
    assert_eq!(covering_at(&all, "2026-03-01T10:00:00Z"), Some(first.id));
    assert_eq!(covering_at(&all, "2026-03-02T10:00:00Z"), None);
    assert_eq!(covering_at(&all, "2026-03-03T10:00:00Z"), Some(third.id));
    let third = withdrawn(third, "2026-03-04T09:00:00Z");
    assert_eq!(
        covering_at(&[&first, &refusal, &third], "2026-03-05T09:00:00Z"),
        None
    );
    assert_eq!(
        covering_at(&[&first, &third], "2026-03-05T09:00:00Z"),
        Some(first.id)
    );
}

#[test]
fn a_consent_for_one_programme_covers_no_other() {
    let (one, other) = (Id::new(), Id::new());
    let mut given = consent("2026-03-01T09:00:00Z", Decision::Given);
    let covers = |given: &Consent, programme| {
        covering(
            vec![given.clone()],
            Purpose::Referral,
            programme,
            DEFAULT_ZONE,
            at(NOW),
        )
        .is_some()
    };
    assert!(covers(&given, Some(one)) && covers(&given, None));
    given.programme_id = Some(one);
    assert!(covers(&given, Some(one)));
    assert!(!covers(&given, Some(other)) && !covers(&given, None));
}

#[test]
fn a_withdrawal_lies_between_giving_and_now_and_happens_once() {
    let given = consent("2026-03-01T09:00:00Z", Decision::Given);
    let new = |when: Option<&str>, by| NewWithdrawal {
        withdrawn_at: when.map(at),
        withdrawn_by: by,
    };
    let check =
        |consent: &Consent, new: &NewWithdrawal| check_withdrawal(consent, new, true, at(NOW));
    let patient = WithdrawnBy::Patient;
    assert_eq!(check(&given, &new(None, patient)).unwrap(), at(NOW));
    for (when, by, pointer) in [
        ("2026-02-28T09:00:00Z", patient, "/withdrawnAt"),
        ("2026-03-28T09:00:00Z", patient, "/withdrawnAt"),
        (
            "2026-03-02T09:00:00Z",
            WithdrawnBy::Controller,
            "/withdrawnBy",
        ),
    ] {
        assert_eq!(pointers(check(&given, &new(Some(when), by))), [pointer]);
    }
    for ended in [
        withdrawn(given.clone(), NOW),
        consent("2026-03-01T09:00:00Z", Decision::Refused),
    ] {
        let error = check(&ended, &new(None, patient)).unwrap_err();
        assert_eq!(
            error.code(),
            crate::platform::error::ProblemCode::StateConflict
        );
    }
}

proptest! {
    /// Whatever was decided in whatever order: nothing is covered by a refusal, by a decision of
    /// the future, or by one that a later refusal follows.
    #[test]
    fn no_refusal_is_ever_overlooked(decisions in proptest::collection::vec((0_i64..20, any::<bool>()), 0..8), asked in 0_i64..20) {
        let hour = |hours: i64| Instant::from_micros(hours * 3_600_000_000);
        let decided: Vec<Consent> = decisions.iter().map(|(when, given)| {
            let mut one = consent(NOW, if *given { Decision::Given } else { Decision::Refused });
            one.given_at = hour(*when);
            one.recorded_at = hour(*when);
            one
        }).collect();
        let found = covering(decided.clone(), Purpose::Referral, None, DEFAULT_ZONE, hour(asked));
        let latest = decided.iter().filter(|one| one.given_at <= hour(asked)).max_by_key(|one| (one.given_at, one.id));
        prop_assert_eq!(
            found.map(|one| one.id),
            latest.filter(|one| one.decision == Decision::Given).map(|one| one.id)
        );
    }
}
