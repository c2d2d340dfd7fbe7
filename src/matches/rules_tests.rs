//! Gates and points (HF-5).

use std::collections::{HashMap, HashSet};

use chrono::NaiveDate;
use uuid::Uuid;

use super::model::{Gate, MatchReasonCode, Need, Ranking};
use super::rules::{Facts, rank};
use crate::platform::id::Id;
use crate::programmes::MatchingPolicy;
use crate::volunteers::{
    Bar, CodeSystem, CodedValue, ExperienceKind, ExperienceOf, IllnessPhase, Lived, Standing,
    Supporter, VolunteerState, VolunteerSubtype,
};

pub(super) fn today() -> NaiveDate {
    "2026-03-27".parse().unwrap()
}

pub(super) fn id<T>(number: u128) -> Id<T> {
    Id::from_uuid(Uuid::from_u128(number))
}

/// Somebody who fits every need that asks for nothing.
pub(super) fn supporter(number: u128) -> Supporter {
    Supporter {
        id: id(number),
        standing: Standing {
            state: VolunteerState::Active,
            leave_from: None,
            leave_until: None,
            qualified_until: None,
        },
        subtypes: vec![VolunteerSubtype::PatientSupporter],
        languages: vec!["da".to_owned()],
        phases: Vec::new(),
        lived: Vec::new(),
        latest: None,
        birth_year: None,
        life_situation: Vec::new(),
        bars: Vec::new(),
        capacity: 3,
        display_name: None,
    }
}

pub(super) fn need() -> Need {
    Need {
        excluded_limit: 10_000,
        ..Need::of(id(1))
    }
}

pub(super) fn facts() -> Facts {
    Facts {
        day: today(),
        ..Facts::default()
    }
}

pub(super) fn ranked(all: &[Supporter], need: &Need, facts: &Facts) -> Ranking {
    rank(all.iter(), need, facts, &MatchingPolicy::default())
}

fn gate_of(supporter: &Supporter, need: &Need, facts: &Facts) -> Option<Gate> {
    let ranking = ranked(std::slice::from_ref(supporter), need, facts);
    ranking.excluded.first().map(|one| one.gate)
}

fn points(supporter: &Supporter, need: &Need, facts: &Facts, code: MatchReasonCode) -> u32 {
    let ranking = ranked(std::slice::from_ref(supporter), need, facts);
    ranking.candidates[0]
        .reasons
        .iter()
        .find(|reason| reason.code == code)
        .unwrap()
        .points
}

#[test]
fn hf_5_each_gate_stops_and_is_named() {
    let all_open = supporter(7);
    assert_eq!(gate_of(&all_open, &need(), &facts()), None);

    let mut one = all_open.clone();
    one.standing.state = VolunteerState::Onboarding;
    assert_eq!(gate_of(&one, &need(), &facts()), Some(Gate::NotActive));

    let mut one = all_open.clone();
    one.standing.leave_from = Some(today());
    assert_eq!(gate_of(&one, &need(), &facts()), Some(Gate::OnLeave));

    let mut one = all_open.clone();
    one.standing.qualified_until = today().pred_opt();
    assert_eq!(
        gate_of(&one, &need(), &facts()),
        Some(Gate::OnboardingExpired)
    );

    let wanted = Need {
        subtypes: vec![VolunteerSubtype::ParentSupporter],
        ..need()
    };
    assert_eq!(gate_of(&all_open, &wanted, &facts()), Some(Gate::Subtype));

    let wanted = Need {
        languages: vec!["ar".into()],
        ..need()
    };
    assert_eq!(gate_of(&all_open, &wanted, &facts()), Some(Gate::Language));
    let wanted = Need {
        languages: vec!["ar".into(), "DA-dk".into()],
        ..need()
    };
    assert_eq!(gate_of(&all_open, &wanted, &facts()), None);

    let mut one = all_open.clone();
    one.phases = vec![IllnessPhase::After];
    let wanted = Need {
        phase: Some(IllnessPhase::Before),
        ..need()
    };
    assert_eq!(gate_of(&one, &wanted, &facts()), Some(Gate::Phase));
    assert_eq!(gate_of(&all_open, &wanted, &facts()), None);

    let barred = |employment, organisation: Option<u128>, patient: Option<u128>, until| Supporter {
        bars: vec![Bar {
            employment,
            organisation: organisation.map(id),
            patient: patient.map(id),
            until,
        }],
        ..all_open.clone()
    };
    let there = Facts {
        ward: vec![id(10), id(11)],
        patient: vec![id(20), id(21)],
        ..facts()
    };
    for (one, gate) in [
        (
            barred(false, Some(11), None, None),
            Some(Gate::ConflictOfInterest),
        ),
        (
            barred(false, None, Some(21), Some(today())),
            Some(Gate::ConflictOfInterest),
        ),
        (barred(false, None, Some(21), today().pred_opt()), None),
        (barred(true, Some(10), None, None), Some(Gate::OwnWorkplace)),
        (barred(true, Some(12), None, None), None),
        (barred(false, None, None, None), None),
    ] {
        assert_eq!(gate_of(&one, &need(), &there), gate);
    }

    let asked = Facts {
        free: Some(HashSet::new()),
        ..facts()
    };
    assert_eq!(gate_of(&all_open, &need(), &asked), Some(Gate::NotFree));

    let full = Facts {
        load: HashMap::from([(all_open.id, 3)]),
        ..facts()
    };
    assert_eq!(gate_of(&all_open, &need(), &full), Some(Gate::Capacity));
    // The first one in the order of the table is named.
    let both = Facts {
        free: Some(HashSet::new()),
        ..full
    };
    assert_eq!(gate_of(&all_open, &need(), &both), Some(Gate::NotFree));
}

pub(super) fn lived(kind: ExperienceKind, code: &str, whose: ExperienceOf) -> Lived {
    Lived {
        kind,
        system: CodeSystem::Sks,
        code: code.to_owned(),
        whose,
    }
}

pub(super) fn sks(code: &str) -> CodedValue {
    CodedValue {
        system: CodeSystem::Sks,
        code: code.into(),
    }
}

#[test]
fn hf_5_experience_in_common_is_scored() {
    use ExperienceKind::{Diagnosis, Procedure};
    let mut one = supporter(1);
    one.lived = vec![
        lived(Diagnosis, "DI21", ExperienceOf::Own),
        lived(Diagnosis, "DI48", ExperienceOf::Relative),
        lived(Procedure, "KFNG05", ExperienceOf::Own),
    ];
    let patient = vec![VolunteerSubtype::PatientSupporter];
    for (subtypes, codes, expected) in [
        (vec![], vec!["DI21"], 100),
        (vec![], vec!["di21.4"], 60),
        (vec![], vec!["DI"], 0),
        (vec![], vec!["DI50"], 0),
        (vec![], vec!["DI21", "DI50"], 50),
        (vec![], vec!["DI48"], 100),
        (patient.clone(), vec!["DI48"], 50),
        (patient.clone(), vec!["DI21", "DI48"], 75),
        // A procedure is no diagnosis.
        (vec![], vec!["KFNG05"], 0),
    ] {
        let wanted = Need {
            subtypes,
            diagnoses: codes.iter().map(|code| sks(code)).collect(),
            ..need()
        };
        assert_eq!(
            points(&one, &wanted, &facts(), MatchReasonCode::Diagnosis),
            expected,
            "{codes:?}"
        );
    }
    let wanted = Need {
        procedures: vec![sks("KFNG")],
        ..need()
    };
    assert_eq!(
        points(&one, &wanted, &facts(), MatchReasonCode::Procedure),
        60
    );
    let other_system = Need {
        diagnoses: vec![CodedValue {
            system: CodeSystem::Icd10,
            code: "DI21".into(),
        }],
        ..need()
    };
    assert_eq!(
        points(&one, &other_system, &facts(), MatchReasonCode::Diagnosis),
        0
    );
}

#[test]
fn hf_5_time_age_situation_continuity_and_load_are_scored() {
    let mut one = supporter(1);
    for (latest, expected) in [
        (None, 0),
        (Some("2026-03-27"), 0),
        // Eleven whole months of twelve.
        (Some("2025-03-28"), 91),
        (Some("2025-03-27"), 100),
        (Some("2016-03-28"), 100),
        (Some("2016-03-27"), 50),
    ] {
        one.latest = latest.map(|text| text.parse().unwrap());
        assert_eq!(
            points(&one, &need(), &facts(), MatchReasonCode::TimeSinceIllness),
            expected,
            "{latest:?}"
        );
    }
    let wanted = Need {
        birth_year: Some(1961),
        ..need()
    };
    for (own, expected) in [
        (None, 0),
        (Some(1961), 100),
        (Some(1966), 75),
        (Some(1941), 0),
        (Some(2005), 0),
    ] {
        one.birth_year = own;
        assert_eq!(
            points(&one, &wanted, &facts(), MatchReasonCode::Age),
            expected,
            "{own:?}"
        );
    }
    one.life_situation = vec!["retired".to_owned(), "livesalone".to_owned()];
    let wanted = Need {
        life_situation: vec!["livesAlone".into(), "working".into()],
        ..need()
    };
    assert_eq!(
        points(&one, &wanted, &facts(), MatchReasonCode::LifeSituation),
        50
    );

    let wanted = Need {
        patient_id: Some(id(20)),
        ..need()
    };
    assert_eq!(
        points(&one, &wanted, &facts(), MatchReasonCode::Continuity),
        0
    );
    let known = Facts {
        earlier: HashSet::from([one.id]),
        ..facts()
    };
    assert_eq!(
        points(&one, &wanted, &known, MatchReasonCode::Continuity),
        100
    );

    for (taken, expected) in [(0, 100), (1, 66), (2, 33)] {
        let busy = Facts {
            load: HashMap::from([(one.id, taken)]),
            ..facts()
        };
        assert_eq!(
            points(&one, &need(), &busy, MatchReasonCode::Load),
            expected
        );
    }
}

#[test]
fn hf_5_weights_are_the_programmes() {
    let all = [supporter(1)];
    let wanted = Need {
        patient_id: Some(id(20)),
        ..need()
    };
    let codes = |policy: &MatchingPolicy| -> Vec<(MatchReasonCode, u32)> {
        rank(all.iter(), &wanted, &facts(), policy).candidates[0]
            .reasons
            .iter()
            .map(|reason| (reason.code, reason.weight))
            .collect()
    };
    let policy = MatchingPolicy {
        continuity: 7,
        time_since_illness: 0,
        ..MatchingPolicy::default()
    };
    assert_eq!(
        codes(&policy),
        [
            (MatchReasonCode::Continuity, 7),
            (MatchReasonCode::Load, 10)
        ]
    );
}
