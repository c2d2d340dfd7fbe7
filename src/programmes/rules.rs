//! What a policy must be before it is stored. Everything wrong is named at once, by JSON Pointer.

use std::collections::HashSet;
use std::hash::Hash;

use chrono_tz::Tz;

use super::model::{NewProgramme, Policy, Purpose};
use super::{peer_support, presets};
use crate::platform::error::FieldError;
use crate::platform::text::{Code, Name};

/// The longest that a consent to disclosure outside treatment lasts, in months (domain.md,
/// "Consent").
pub const SHARING_MONTHS: u32 = 12;

/// A programme as it shall be stored.
#[derive(Debug)]
pub struct Decided {
    /// Its code.
    pub code: Code,
    /// Its name.
    pub name: Name,
    /// Its policy.
    pub policy: Policy,
}

/// What a new programme shall be: its own words, or the preset's where it has none.
pub fn decide_new(new: &NewProgramme) -> Result<Decided, Vec<FieldError>> {
    let mut wrong = Vec::new();
    let mut preset = None;
    let policy = match (&new.policy, &new.preset) {
        (Some(policy), None) => {
            wrong.extend(check_policy(policy, "/policy"));
            for (field, given) in [("/code", new.code.is_some()), ("/name", new.name.is_some())] {
                if !given {
                    wrong.push(FieldError::new(
                        field,
                        "required",
                        "is required where no preset brings it",
                    ));
                }
            }
            Some(policy.clone())
        }
        (None, Some(code)) => {
            preset = presets::preset(code.as_str());
            if preset.is_none() {
                wrong.push(FieldError::new(
                    "/preset",
                    "unknownPreset",
                    "is not the code of a preset; GET /programme-presets lists them",
                ));
            }
            preset.map(|preset| preset.policy.clone())
        }
        _ => {
            wrong.push(FieldError::new(
                "/policy",
                "policyOrPreset",
                "send either policy or preset, exactly one of them",
            ));
            None
        }
    };
    let code = new
        .code
        .clone()
        .or(preset.map(|preset| preset.code.clone()));
    let name = new
        .name
        .clone()
        .or(preset.map(|preset| preset.name.clone()));
    match (code, name, policy) {
        (Some(code), Some(name), Some(policy)) if wrong.is_empty() => {
            Ok(Decided { code, name, policy })
        }
        _ => Err(wrong),
    }
}

/// Everything that is wrong with a policy; `at` is where it stands in the body.
#[must_use]
pub fn check_policy(policy: &Policy, at: &str) -> Vec<FieldError> {
    let mut wrong = Vec::new();
    let mut push = |pointer: String, code, detail: &str| {
        wrong.push(FieldError::new(format!("{at}{pointer}"), code, detail));
    };
    check_calendar(policy, &mut push);
    check_lists(policy, &mut push);
    check_channels(policy, &mut push);
    check_consents(policy, &mut push);
    wrong.extend(peer_support::check(
        &policy.onboarding,
        &policy.matching,
        at,
    ));
    wrong
}

/// The time zone, and the days that are closed.
fn check_calendar(policy: &Policy, push: &mut impl FnMut(String, &'static str, &str)) {
    if policy.calendar.time_zone.parse::<Tz>().is_err() {
        push(
            "/calendar/timeZone".to_owned(),
            "unknownTimeZone",
            "is not an IANA time zone, as Europe/Copenhagen is",
        );
    }
    for (index, day) in policy.calendar.closed_days.iter().enumerate() {
        for problem in day.validate() {
            push(
                format!("/calendar/closedDays/{index}/{}", problem.field()),
                problem.code(),
                problem.detail(),
            );
        }
    }
}

/// How long a course is; questions and topics have a code each.
fn check_lists(policy: &Policy, push: &mut impl FnMut(String, &'static str, &str)) {
    if policy.course.typical_months_from >= policy.course.typical_months_to {
        push(
            "/course/typicalMonthsTo".to_owned(),
            "order",
            "must be greater than typicalMonthsFrom",
        );
    }
    for index in repeated(policy.criteria.questions.iter().map(|one| &one.code)) {
        push(
            format!("/criteria/questions/{index}/code"),
            "duplicateCode",
            "is the code of an earlier question",
        );
    }
    for index in repeated(policy.topics.iter().map(|one| &one.code)) {
        push(
            format!("/topics/{index}/code"),
            "duplicateCode",
            "is the code of an earlier topic",
        );
    }
}

/// A channel has one entry, which names each item once.
fn check_channels(policy: &Policy, push: &mut impl FnMut(String, &'static str, &str)) {
    for index in repeated(policy.channels.iter().map(|one| one.channel)) {
        push(
            format!("/channels/{index}/channel"),
            "duplicateChannel",
            "has an entry already; a channel has one",
        );
    }
    for (index, channel) in policy.channels.iter().enumerate() {
        for item in repeated(channel.required.iter().copied()) {
            push(
                format!("/channels/{index}/required/{item}"),
                "duplicateItem",
                "is named already",
            );
        }
    }
}

/// A purpose has one entry, with at least one form.
fn check_consents(policy: &Policy, push: &mut impl FnMut(String, &'static str, &str)) {
    for index in repeated(policy.consents.iter().map(|one| one.purpose)) {
        push(
            format!("/consents/{index}/purpose"),
            "duplicatePurpose",
            "has an entry already; a purpose has one",
        );
    }
    for (index, consent) in policy.consents.iter().enumerate() {
        if consent.forms.is_empty() {
            push(
                format!("/consents/{index}/forms"),
                "tooFew",
                "must have at least one form; a purpose that is not asked for is left out",
            );
        }
        for form in repeated(consent.forms.iter().copied()) {
            push(
                format!("/consents/{index}/forms/{form}"),
                "duplicateItem",
                "is named already",
            );
        }
        if consent.purpose == Purpose::InformationSharing
            && consent
                .expires_after_months
                .is_none_or(|months| months > SHARING_MONTHS)
        {
            push(
                format!("/consents/{index}/expiresAfterMonths"),
                "sharingExpiry",
                "must be 1 to 12: consent to disclosure outside treatment lasts one year at most",
            );
        }
    }
}

/// The places of what stands earlier in the list already.
fn repeated<T: Eq + Hash>(items: impl Iterator<Item = T>) -> Vec<usize> {
    let mut seen = HashSet::new();
    items
        .enumerate()
        .filter_map(|(index, item)| (!seen.insert(item)).then_some(index))
        .collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::calendar::ClosedDay;
    use crate::programmes::model::{Channel, ConsentForm, RequiredItem, Topic};
    use crate::programmes::presets::preset;

    fn aps() -> Policy {
        preset("APS").unwrap().policy.clone()
    }

    fn pointers(wrong: &[FieldError]) -> Vec<&str> {
        wrong.iter().map(|error| error.pointer.as_str()).collect()
    }

    #[test]
    fn everything_wrong_is_named_at_once() {
        let mut policy = aps();
        policy.calendar.time_zone = "Europe/Næstved".to_owned();
        policy.calendar.closed_days = vec![ClosedDay {
            name: "Jul".to_owned(),
            month_day: Some("02-30".to_owned()),
            from: None,
            to: Some("2026-01-01".parse().unwrap()),
        }];
        policy.course.typical_months_from = 9;
        let question = policy.criteria.questions[0].clone();
        policy.criteria.questions.push(question);
        let topic = policy.topics[0].clone();
        policy.topics.push(topic);
        let mut channel = policy.channels[0].clone();
        channel.required = vec![RequiredItem::FullName, RequiredItem::FullName];
        policy.channels.push(channel);
        let mut consent = policy.consents[0].clone();
        consent.forms = vec![ConsentForm::Oral, ConsentForm::Oral];
        policy.consents.push(consent);
        policy.consents[2].expires_after_months = Some(13);
        policy.consents[3].forms.clear();
        assert_eq!(
            pointers(&check_policy(&policy, "/policy")),
            [
                "/policy/calendar/timeZone",
                "/policy/calendar/closedDays/0/monthDay",
                "/policy/calendar/closedDays/0/to",
                "/policy/course/typicalMonthsTo",
                "/policy/criteria/questions/3/code",
                "/policy/topics/6/code",
                "/policy/channels/3/channel",
                "/policy/channels/3/required/1",
                "/policy/consents/6/purpose",
                "/policy/consents/2/expiresAfterMonths",
                "/policy/consents/3/forms",
                "/policy/consents/6/forms/1",
            ]
        );
    }

    #[test]
    fn sharing_needs_an_end() {
        let mut policy = aps();
        for (months, good) in [
            (None, false),
            (Some(1), true),
            (Some(12), true),
            (Some(13), false),
        ] {
            policy.consents[2].expires_after_months = months;
            assert_eq!(check_policy(&policy, "").is_empty(), good, "{months:?}");
        }
    }

    #[test]
    fn a_programme_has_a_policy_or_a_preset() {
        let with = |policy: Option<Policy>, preset: Option<&str>, named: bool| {
            let new = NewProgramme {
                organisation_id: crate::platform::id::Id::new(),
                code: named.then(|| "X1".into()),
                name: named.then(|| "Prøve".into()),
                active: None,
                policy,
                preset: preset.map(Code::from),
            };
            decide_new(&new)
        };
        let wrong = |result: Result<Decided, Vec<FieldError>>| -> Vec<String> {
            result
                .unwrap_err()
                .into_iter()
                .map(|error| error.pointer)
                .collect()
        };
        assert_eq!(wrong(with(None, None, true)), ["/policy"]);
        assert_eq!(wrong(with(Some(aps()), Some("APS"), true)), ["/policy"]);
        assert_eq!(wrong(with(None, Some("aps"), true)), ["/preset"]);
        assert_eq!(wrong(with(Some(aps()), None, false)), ["/code", "/name"]);
        let own = with(None, Some("HF"), true).unwrap();
        assert_eq!((own.code.as_str(), own.name.as_str()), ("X1", "Prøve"));
        let preset = with(None, Some("HF"), false).unwrap();
        assert_eq!(preset.code.as_str(), "HF");
        assert!(with(Some(aps()), None, true).is_ok());
    }

    proptest! {
        #[test]
        fn codes_are_unique_exactly_where_nothing_is_wrong(codes in prop::collection::vec("[a-c]", 0..5)) {
            let mut policy = aps();
            policy.topics = codes
                .iter()
                .map(|code| Topic { code: code.as_str().into(), name: "Emne".into() })
                .collect();
            let distinct: HashSet<&String> = codes.iter().collect();
            prop_assert_eq!(check_policy(&policy, "").len(), codes.len() - distinct.len());
        }

        #[test]
        fn a_course_ends_after_it_begins(from in 0u32..=120, to in 1u32..=240) {
            let mut policy = aps();
            policy.course.typical_months_from = from;
            policy.course.typical_months_to = to;
            prop_assert_eq!(check_policy(&policy, "").is_empty(), from < to);
        }

        #[test]
        fn each_channel_once(channels in prop::collection::vec(0usize..5, 0..6)) {
            let mut policy = aps();
            let base = policy.channels[0].clone();
            policy.channels = channels
                .iter()
                .map(|index| {
                    let mut one = base.clone();
                    one.channel = Channel::ALL[*index];
                    one
                })
                .collect();
            let distinct: HashSet<&usize> = channels.iter().collect();
            prop_assert_eq!(check_policy(&policy, "").len(), channels.len() - distinct.len());
        }
    }
}
