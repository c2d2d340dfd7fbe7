//! What a policy must be before it is stored. Everything wrong is named at once, by JSON Pointer.

use std::collections::HashSet;
use std::hash::Hash;

use chrono_tz::Tz;

use super::model::{NewProgramme, Policy, Purpose};
use super::presets;
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
    wrong
}

/// The places of what stands earlier in the list already.
fn repeated<T: Eq + Hash>(items: impl Iterator<Item = T>) -> Vec<usize> {
    let mut seen = HashSet::new();
    items
        .enumerate()
        .filter_map(|(index, item)| (!seen.insert(item)).then_some(index))
        .collect()
}
