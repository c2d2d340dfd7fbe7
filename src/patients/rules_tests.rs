//! The decisions of `rules.rs`, with synthetic persons.

use super::*;
use crate::patients::model::PersonName;

const CPR: IdentifierSystem = IdentifierSystem::Cpr;
const D_ECPR: IdentifierSystem = IdentifierSystem::DEcpr;

fn today() -> NaiveDate {
    "2026-03-27".parse().unwrap()
}

fn new(identifiers: &[(IdentifierSystem, &str)]) -> NewPatient {
    NewPatient {
        identifiers: identifiers
            .iter()
            .map(|(system, value)| PersonIdentifier {
                system: *system,
                value: (*value).to_owned(),
            })
            .collect(),
        name: PersonName {
            given: "Anna".into(),
            family: "Prøvesen".into(),
        },
        birth_date: None,
        telephones: Vec::new(),
        address: None,
        municipality_code: None,
        language: None,
        protected: false,
        external_id: None,
        allow_duplicate: false,
    }
}

fn try_patient(new: &NewPatient) -> Result<Patient> {
    register(new, Id::new(), Instant::from_micros(0), today())
}

fn patient(identifiers: &[(IdentifierSystem, &str)]) -> Patient {
    try_patient(&new(identifiers)).unwrap()
}

fn born(mut patient: Patient, date: &str) -> Patient {
    patient.birth_date = Some(date.parse().unwrap());
    patient
}

fn pointers(error: Error) -> Vec<(String, &'static str)> {
    match error {
        Error::Problem(problem) => problem
            .errors
            .into_iter()
            .map(|error| (error.pointer, error.code))
            .collect(),
        other => panic!("{other:?}"),
    }
}

fn code<T: std::fmt::Debug>(result: Result<T>) -> ProblemCode {
    result.unwrap_err().code()
}

#[test]
fn id_1_the_number_gives_the_date_of_birth_and_another_one_is_refused() {
    assert_eq!(
        patient(&[(CPR, "070761-4285")]).birth_date,
        Some("1961-07-07".parse().unwrap())
    );
    let mut other = new(&[(CPR, "070761-4285")]);
    other.birth_date = Some("1961-07-08".parse().unwrap());
    assert_eq!(
        pointers(try_patient(&other).unwrap_err()),
        [("/birthDate".to_owned(), "birthDateDisagrees")]
    );
}

#[test]
fn everything_wrong_is_named_at_once() {
    let mut wrong = new(&[(CPR, "320161-4285"), (CPR, "070761-4285")]);
    wrong.telephones = vec![NewTelephone {
        label: crate::patients::TelephoneLabel::Home,
        number: "112".to_owned(),
    }];
    wrong.birth_date = Some("2026-03-28".parse().unwrap());
    let found = pointers(try_patient(&wrong).unwrap_err());
    let found: Vec<&str> = found.iter().map(|(pointer, _)| pointer.as_str()).collect();
    assert_eq!(
        found,
        ["/identifiers/0/value", "/telephones/0/number", "/birthDate"]
    );
}

#[test]
fn telephones_without_country_code_are_danish_or_swedish_by_their_first_digit() {
    for (raw, e164) in [
        ("32 10 54 32", "+4532105432"),
        ("070-123 45 67", "+46701234567"),
        ("0045 32105432", "+4532105432"),
        ("+46 (0)70 123 45 67", "+46701234567"),
    ] {
        assert_eq!(parse_phone(raw).unwrap().value(), e164);
    }
}

#[test]
fn id_2_a_real_number_is_added_and_overrules_the_date_of_the_replacement() {
    let before = patient(&[(D_ECPR, "010160-0AB1")]);
    assert_eq!(before.birth_date, Some("1960-01-01".parse().unwrap()));
    let send = |identifiers: &[(IdentifierSystem, &str)]| PatientChange {
        identifiers: Some(new(identifiers).identifiers),
        ..PatientChange::default()
    };
    let after = change(
        &before,
        &send(&[(D_ECPR, "0101600AB1"), (CPR, "0707614285")]),
        today(),
    )
    .unwrap();
    assert_eq!(after.birth_date, Some("1961-07-07".parse().unwrap()));
    assert_eq!(after.identifiers.len(), 2);
    assert_eq!(
        pointers(change(&before, &send(&[(CPR, "0707614285")]), today()).unwrap_err()),
        [("/identifiers".to_owned(), "replacementNumberMissing")]
    );
}

#[test]
fn a_number_that_contradicts_a_recorded_date_of_birth_is_refused() {
    let before = born(patient(&[]), "1961-07-08");
    let mut sent = PatientChange {
        identifiers: Some(new(&[(CPR, "0707614285")]).identifiers),
        ..PatientChange::default()
    };
    assert_eq!(
        pointers(change(&before, &sent, today()).unwrap_err()),
        [("/identifiers".to_owned(), "birthDateDisagrees")]
    );
    sent.birth_date = Some(Some("1961-07-07".parse().unwrap()));
    assert!(change(&before, &sent, today()).is_ok());
    let known = patient(&[(CPR, "0707614285")]);
    let clear = PatientChange {
        birth_date: Some(None),
        ..PatientChange::default()
    };
    assert_eq!(
        pointers(change(&known, &clear, today()).unwrap_err()),
        [("/birthDate".to_owned(), "birthDateKnown")]
    );
    assert_eq!(change(&before, &clear, today()).unwrap().birth_date, None);
}

#[test]
fn id_4_only_records_without_number_are_taken_for_the_same_person() {
    let (a, b) = (patient(&[(CPR, "0707614285")]), patient(&[]));
    assert!(may_be_same(&a, &b) && may_be_same(&b, &a) && may_be_same(&b, &b));
    assert!(!may_be_same(&a, &patient(&[(CPR, "2512484916")])));
    assert!(!may_be_same(&a, &born(patient(&[]), "1961-07-08")));
}

#[test]
fn a_found_record_learns_what_it_lacks_and_loses_nothing() {
    let known = patient(&[(CPR, "0707614285")]);
    assert!(complete(&known, &known).unwrap().is_none());
    let mut sent = new(&[(CPR, "0707614285"), (D_ECPR, "0101600AB1")]);
    sent.protected = true;
    sent.name.given = "Anne".into();
    let after = complete(&known, &try_patient(&sent).unwrap())
        .unwrap()
        .unwrap();
    assert!(after.protected);
    assert_eq!(after.identifiers.len(), 2);
    assert_eq!(after.name.given.as_str(), "Anna");
    let other = patient(&[(CPR, "2512484916")]);
    assert_eq!(
        code(complete(&known, &other)),
        ProblemCode::DuplicatePatient
    );
}

#[test]
fn merging_takes_over_numbers_and_ids() {
    let mut duplicate = patient(&[(D_ECPR, "0101600AB1")]);
    let older = Id::new();
    duplicate.previous_ids = vec![older];
    let survivor = patient(&[(CPR, "0707614285")]);
    let after = merge(&survivor, &duplicate).unwrap();
    assert_eq!(after.id, survivor.id);
    assert_eq!(after.previous_ids, [duplicate.id, older]);
    assert_eq!(after.identifiers.len(), 2);
    assert_eq!(after.birth_date, survivor.birth_date);
    // The other way round the real number's date wins as well.
    let after = merge(&duplicate, &survivor).unwrap();
    assert_eq!(after.birth_date, survivor.birth_date);
}

#[test]
fn merging_refuses_what_cannot_be_one_person() {
    let a = patient(&[(CPR, "0707614285")]);
    assert_eq!(code(merge(&a, &a)), ProblemCode::Conflict);
    let b = patient(&[(CPR, "2512484916")]);
    assert_eq!(code(merge(&a, &b)), ProblemCode::Conflict);
    let c = born(patient(&[]), "1961-07-08");
    assert_eq!(code(merge(&a, &c)), ProblemCode::Conflict);
    assert!(merge(&a, &born(patient(&[]), "1961-07-07")).is_ok());
    let d = patient(&[(D_ECPR, "0101600AB1")]);
    let e = patient(&[(D_ECPR, "0202610CD2")]);
    assert!(merge(&d, &e).is_ok());
}
