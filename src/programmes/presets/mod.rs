//! The policies of the five programmes that are the measure of this service, ready to use. Each
//! value is that of the programme's section in domain.md, or is named in `startingValues`: the
//! contract needs a value there, the section sets none, and the programme decides.

mod aps;
mod cps;
mod ha;
mod hal;
mod hf;

use std::sync::LazyLock;

use serde::Serialize;
use utoipa::ToSchema;

use super::model::{
    CalendarPolicy, Channel, ChannelPolicy, ConsentForm, ConsentPolicy, Criterion, CriterionWeight,
    Policy, Purpose, RequiredItem, Topic,
};
use crate::calendar::Country;
use crate::platform::text::{Code, Line, Name};

/// A programme that the service ships a policy for.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ProgrammePreset {
    /// Its code: what `preset` takes, and the code of the programme where it brings none.
    pub code: Code,
    /// The name of the programme, in its own language.
    pub name: Name,
    /// What it is for.
    pub description: Line,
    /// The rules of the domain that its values come from, `APS-4`.
    #[schema(value_type = Vec<String>)]
    pub rules: Vec<&'static str>,
    /// JSON Pointers into `policy`, to values that no rule sets: a place to begin, for the
    /// programme to decide.
    #[schema(value_type = Vec<String>)]
    pub starting_values: Vec<&'static str>,
    /// The policy.
    pub policy: Policy,
}

static PRESETS: LazyLock<Vec<ProgrammePreset>> = LazyLock::new(|| {
    vec![
        aps::preset(),
        hf::preset(),
        hal::preset(),
        cps::preset(),
        ha::preset(),
    ]
});

/// Every preset.
#[must_use]
pub fn all() -> &'static [ProgrammePreset] {
    &PRESETS
}

/// The preset with this code: `APS`, `HF`, `HAL`, `CPS`, `HA`.
#[must_use]
pub fn preset(code: &str) -> Option<&'static ProgrammePreset> {
    PRESETS.iter().find(|preset| preset.code.as_str() == code)
}

fn denmark() -> CalendarPolicy {
    CalendarPolicy {
        country: Country::Denmark,
        time_zone: "Europe/Copenhagen".to_owned(),
        closed_days: Vec::new(),
    }
}

fn question(code: &str, question: &str, weight: CriterionWeight) -> Criterion {
    Criterion {
        code: code.into(),
        question: question.into(),
        weight,
    }
}

fn channel(channel: Channel, route: &str, required: &[RequiredItem]) -> ChannelPolicy {
    ChannelPolicy {
        channel,
        route: route.into(),
        must_state_programme: false,
        accepted_names: Vec::new(),
        required: required.to_vec(),
    }
}

fn consent(purpose: Purpose, forms: &[ConsentForm]) -> ConsentPolicy {
    ConsentPolicy {
        purpose,
        forms: forms.to_vec(),
        expires_after_months: None,
    }
}

/// Disclosure outside treatment: written or digital, at most one year (domain.md, "Consent").
fn sharing() -> ConsentPolicy {
    ConsentPolicy {
        expires_after_months: Some(super::rules::SHARING_MONTHS),
        ..consent(Purpose::InformationSharing, LASTING)
    }
}

/// Any form.
const ANY: &[ConsentForm] = ConsentForm::ALL;
/// A form that can be shown afterwards.
const LASTING: &[ConsentForm] = &[ConsentForm::Written, ConsentForm::Digital];

fn topics(list: &[(&str, &str)]) -> Vec<Topic> {
    list.iter()
        .map(|(code, name)| Topic {
            code: (*code).into(),
            name: (*name).into(),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::programmes::rules::check_policy;

    #[test]
    fn every_preset_passes_the_rules() {
        for preset in all() {
            let name = preset.code.as_str();
            assert_eq!(check_policy(&preset.policy, ""), [], "{name}");
            assert!(preset.policy.working_calendar().is_ok());
            assert!(preset.policy.time_zone().is_ok());
            for rule in &preset.rules {
                assert!(rule.starts_with(&format!("{name}-")), "{rule}");
            }
        }
        let codes: Vec<&str> = all().iter().map(|preset| preset.code.as_str()).collect();
        assert_eq!(codes, ["APS", "HF", "HAL", "CPS", "HA"]);
    }

    #[test]
    fn starting_values_are_values_of_the_policy() {
        for preset in all() {
            let policy = serde_json::to_value(&preset.policy).unwrap();
            for pointer in &preset.starting_values {
                assert!(policy.pointer(pointer).is_some(), "{pointer}");
            }
        }
    }

    #[test]
    fn aps_preset_has_the_values_of_its_section() {
        let aps = &preset("APS").unwrap().policy;
        // APS-1
        assert_eq!(aps.criteria.minimum_age, Some(18));
        let weights: Vec<_> = aps.criteria.questions.iter().map(|q| q.weight).collect();
        use CriterionWeight::{Indication, Required};
        assert_eq!(weights, [Required, Indication, Indication]);
        // APS-2
        for channel in [Channel::Hospital, Channel::GeneralPractice] {
            assert!(aps.channel(channel).unwrap().must_state_programme);
        }
        let municipality = aps.channel(Channel::Municipality).unwrap();
        assert!(!municipality.must_state_programme);
        use RequiredItem::{FullName, Municipality, Telephone};
        assert_eq!(municipality.required, [FullName, Telephone, Municipality]);
        assert!(aps.channel(Channel::SelfReferral).is_none());
        // APS-3
        let oral = aps.consent(Purpose::Referral).unwrap();
        assert!(oral.forms.contains(&ConsentForm::Oral));
        // APS-4, APS-6, APS-10
        assert_eq!(aps.first_call.working_days, 8);
        assert!(aps.first_call.pause_while_awaiting_supplement);
        assert_eq!(
            (aps.course.typical_months_from, aps.course.typical_months_to),
            (6, 9)
        );
        assert_eq!(aps.enquiries.working_days, 3);
        // APS-7
        let codes: Vec<&str> = aps.topics.iter().map(|topic| topic.code.as_str()).collect();
        assert_eq!(
            codes,
            [
                "newDiagnosis",
                "longTermIllnessAndComplexity",
                "loneliness",
                "navigatingHealthServices",
                "puttingDifficultiesIntoWords",
                "makingAChange"
            ]
        );
    }

    #[test]
    fn hal_is_swedish() {
        let hal = preset("HAL").unwrap();
        assert_eq!(hal.policy.calendar.country, Country::Sweden);
        assert_eq!(hal.policy.calendar.time_zone, "Europe/Stockholm");
    }
}
