//! The same answer whatever the order of what comes in, and every score adds up (HF-5).

use proptest::prelude::*;

use super::model::Need;
use super::rules_tests::{facts, id, lived, need, ranked, sks, supporter, today};
use crate::volunteers::{
    ExperienceKind, ExperienceOf, Supporter, VolunteerState, VolunteerSubtype,
};

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
