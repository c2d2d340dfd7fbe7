//! Ranking: gates, scores, and the same answer whatever the order of what comes in (HF-5).

use std::collections::{HashMap, HashSet};

use chrono::NaiveDate;
use proptest::prelude::*;
use uuid::Uuid;

use super::model::{Gate, MatchReasonCode, Need, Ranking};
use super::rules::{Facts, rank};
use crate::platform::id::Id;
use crate::programmes::MatchingPolicy;
use crate::volunteers::{
    Bar, CodeSystem, CodedValue, ExperienceKind, ExperienceOf, IllnessPhase, Lived, Standing,
    Supporter, VolunteerState, VolunteerSubtype,
};

fn today() -> NaiveDate {
    "2026-03-27".parse().unwrap()
}

fn id<T>(number: u128) -> Id<T> {
    Id::from_uuid(Uuid::from_u128(number))
}

/// Somebody who fits every need that asks for nothing.
fn supporter(number: u128) -> Supporter {
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

fn need() -> Need {
    Need {
        excluded_limit: 10_000,
        ..Need::of(id(1))
    }
}

fn facts() -> Facts {
    Facts {
        day: today(),
        ..Facts::default()
    }
}

fn ranked(all: &[Supporter], need: &Need, facts: &Facts) -> Ranking {
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

fn lived(kind: ExperienceKind, code: &str, whose: ExperienceOf) -> Lived {
    Lived {
        kind,
        system: CodeSystem::Sks,
        code: code.to_owned(),
        whose,
    }
}

fn sks(code: &str) -> CodedValue {
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

fn supporters() -> impl Strategy<Value = Vec<Supporter>> {
    let one = (
        prop::sample::select(vec![
            VolunteerState::Active,
            VolunteerState::Active,
            VolunteerState::Candidate,
        ]),
        prop::sample::subsequence(VolunteerSubtype::ALL.to_vec(), 1..=3),
        prop::sample::subsequence(
            vec!["da".to_owned(), "sv".to_owned(), "ar".to_owned()],
            1..=3,
        ),
        prop::collection::vec(prop::sample::select(vec!["DI21", "DI214", "DI48"]), 0..3),
        prop::option::of(1930_i32..2000),
        0_u32..4,
        prop::option::of(0_u64..3000),
    )
        .prop_map(
            |(state, subtypes, languages, codes, birth_year, capacity, ago)| {
                let mut one = supporter(0);
                one.standing.state = state;
                one.subtypes = subtypes;
                one.languages = languages;
                one.lived = codes
                    .into_iter()
                    .map(|code| lived(ExperienceKind::Diagnosis, code, ExperienceOf::Own))
                    .collect();
                one.birth_year = birth_year;
                one.capacity = capacity;
                one.latest = ago.map(|days| today() - chrono::Days::new(days));
                one
            },
        );
    prop::collection::vec(one, 0..60).prop_map(|mut all| {
        for (number, one) in all.iter_mut().enumerate() {
            one.id = id(number as u128 + 1);
        }
        all
    })
}

fn needs() -> impl Strategy<Value = Need> {
    (
        prop::sample::subsequence(VolunteerSubtype::ALL.to_vec(), 0..=2),
        prop::sample::subsequence(vec!["da", "sv"], 0..=2),
        prop::collection::vec(prop::sample::select(vec!["DI21", "DI48"]), 0..3),
        prop::option::of(1930_i32..2000),
    )
        .prop_map(|(subtypes, languages, codes, birth_year)| Need {
            subtypes,
            languages: languages.into_iter().map(Into::into).collect(),
            diagnoses: codes.into_iter().map(sks).collect(),
            birth_year,
            limit: 100,
            ..need()
        })
}

proptest! {
    #[test]
    fn hf_5_the_same_data_give_the_same_answer_in_whatever_order(
        (ordered, shuffled) in supporters()
            .prop_flat_map(|all| (Just(all.clone()), Just(all).prop_shuffle())),
        need in needs(), taken in 0_u32..3,
    ) {
        let mut facts = facts();
        facts.load = ordered.iter().step_by(2).map(|one| (one.id, taken)).collect();
        let ranking = ranked(&ordered, &need, &facts);
        prop_assert_eq!(&ranked(&shuffled, &need, &facts), &ranking);

        // Everybody is somewhere, once.
        let mut everybody: Vec<_> = ranking.candidates.iter().map(|one| one.volunteer_id)
            .chain(ranking.excluded.iter().map(|one| one.volunteer_id)).collect();
        everybody.sort_unstable();
        prop_assert_eq!(everybody, ordered.iter().map(|one| one.id).collect::<Vec<_>>());
        prop_assert_eq!(ranking.candidates_total as usize, ranking.candidates.len());
        let counted: u32 = ranking.excluded_by_gate.iter().map(|one| one.volunteers).sum();
        prop_assert_eq!(counted as usize, ranking.excluded.len());

        // The best first, and each score is the sum of its reasons.
        for pair in ranking.candidates.windows(2) {
            prop_assert!(pair[0].score > pair[1].score
                || pair[0].score == pair[1].score && pair[0].volunteer_id < pair[1].volunteer_id);
        }
        for one in &ranking.candidates {
            prop_assert_eq!(one.score, one.reasons.iter().map(|reason| reason.contribution).sum::<u32>());
            prop_assert!(one.score <= ranking.maximum);
            for reason in &one.reasons {
                prop_assert!(reason.points <= 100);
                prop_assert_eq!(reason.contribution, reason.weight * reason.points);
            }
        }
        // Gates hold whatever the score.
        for one in &ranking.candidates {
            let who = &ordered[usize::try_from(one.volunteer_id.uuid().as_u128()).unwrap() - 1];
            prop_assert_eq!(who.standing.state, VolunteerState::Active);
            prop_assert!(need.subtypes.is_empty() || need.subtypes.iter().any(|one| who.subtypes.contains(one)));
            prop_assert!(facts.load.get(&who.id).copied().unwrap_or(0) < who.capacity);
        }
    }

    #[test]
    fn hf_5_a_shorter_answer_is_the_beginning_of_the_longer(
        all in supporters(), limit in 1_u32..20, excluded_limit in 0_u32..20,
    ) {
        let whole = ranked(&all, &Need { limit: 100, ..need() }, &facts());
        let short = ranked(&all, &Need { limit, excluded_limit, ..need() }, &facts());
        prop_assert!(whole.candidates.starts_with(&short.candidates));
        prop_assert!(whole.excluded.starts_with(&short.excluded));
        prop_assert_eq!(short.candidates.len(), whole.candidates.len().min(limit as usize));
        prop_assert_eq!(whole.excluded_by_gate, short.excluded_by_gate);
        prop_assert_eq!(whole.candidates_total, short.candidates_total);
    }
}
