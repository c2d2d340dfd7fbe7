//! How well a volunteer fits (HF-5): named reasons, in whole numbers. Pure.

use chrono::{Datelike as _, NaiveDate};

use super::model::{MatchReason, MatchReasonCode};
use super::rules::{Wanted, none_or_any};
use crate::platform::text::Line;
use crate::volunteers::{
    CodeSystem, ExperienceKind, ExperienceOf, Lived, Supporter, VolunteerSubtype,
};

impl Wanted<'_> {
    /// What counts for this need, and how much: the same for every volunteer.
    pub(super) fn factors(&self) -> impl Iterator<Item = (MatchReasonCode, u32)> {
        let (need, policy) = (self.need, self.policy);
        [
            (
                MatchReasonCode::Diagnosis,
                policy.diagnosis,
                !need.diagnoses.is_empty(),
            ),
            (
                MatchReasonCode::Procedure,
                policy.procedure,
                !need.procedures.is_empty(),
            ),
            (
                MatchReasonCode::TimeSinceIllness,
                policy.time_since_illness,
                true,
            ),
            (MatchReasonCode::Age, policy.age, need.birth_year.is_some()),
            (
                MatchReasonCode::LifeSituation,
                policy.life_situation,
                !need.life_situation.is_empty(),
            ),
            (
                MatchReasonCode::Continuity,
                policy.continuity,
                need.patient_id.is_some(),
            ),
            (MatchReasonCode::Load, policy.load, true),
        ]
        .into_iter()
        .filter(|(_, weight, asked)| *asked && *weight > 0)
        .map(|(code, weight, _)| (code, weight))
    }

    pub(super) fn score(&self, supporter: &Supporter) -> u32 {
        self.factors()
            .map(|(code, weight)| weight * self.points(code, supporter))
            .sum()
    }

    pub(super) fn reasons(&self, supporter: &Supporter) -> Vec<MatchReason> {
        self.factors()
            .map(|(code, weight)| {
                let points = self.points(code, supporter);
                MatchReason {
                    code,
                    weight,
                    points,
                    contribution: weight * points,
                    explanation: self.explain(code, supporter),
                }
            })
            .collect()
    }

    /// How well one thing fits, 0 to 100.
    fn points(&self, code: MatchReasonCode, supporter: &Supporter) -> u32 {
        match code {
            MatchReasonCode::Diagnosis => {
                self.in_common(ExperienceKind::Diagnosis, &self.diagnoses, supporter)
            }
            MatchReasonCode::Procedure => {
                self.in_common(ExperienceKind::Procedure, &self.procedures, supporter)
            }
            MatchReasonCode::TimeSinceIllness => self.settled(supporter),
            MatchReasonCode::Age => match (self.need.birth_year, supporter.birth_year) {
                (Some(wanted), Some(own)) => {
                    let span = self.policy.age_span_years.max(1);
                    100 - (wanted.abs_diff(own) * 100 / span).min(100)
                }
                _ => 0,
            },
            MatchReasonCode::LifeSituation => {
                let shared = self.shared_situations(supporter);
                share(shared * 100, self.life_situation.len())
            }
            MatchReasonCode::Continuity => {
                u32::from(self.facts.earlier.contains(&supporter.id)) * 100
            }
            MatchReasonCode::Load => {
                let left = supporter.capacity.saturating_sub(self.load(supporter));
                left * 100 / supporter.capacity.max(1)
            }
        }
    }

    /// The mean, over the codes that are wanted, of the best that the volunteer has lived through:
    /// the same code 100, a narrower or wider one of the same group 60; half of it where it was
    /// not lived through in the part that is wanted.
    fn in_common(
        &self,
        kind: ExperienceKind,
        wanted: &[(CodeSystem, String)],
        supporter: &Supporter,
    ) -> u32 {
        let sum = wanted
            .iter()
            .map(|(system, code)| {
                supporter
                    .lived
                    .iter()
                    .filter(|lived| lived.kind == kind && lived.system == *system)
                    .map(|lived| {
                        let points = like(&lived.code, code);
                        if self.is_right_part(lived) {
                            points
                        } else {
                            points / 2
                        }
                    })
                    .max()
                    .unwrap_or(0)
            })
            .sum();
        share(sum, wanted.len())
    }

    /// Patients look for who was ill, relatives and parents for who stood beside.
    fn is_right_part(&self, lived: &Lived) -> bool {
        none_or_any(&self.need.subtypes, |subtype| match subtype {
            VolunteerSubtype::PatientSupporter => lived.whose == ExperienceOf::Own,
            VolunteerSubtype::RelativeSupporter => lived.whose != ExperienceOf::Own,
            VolunteerSubtype::ParentSupporter => lived.whose == ExperienceOf::Child,
        })
    }

    fn settled(&self, supporter: &Supporter) -> u32 {
        let Some(months) = self.months_since(supporter) else {
            return 0;
        };
        if months < self.policy.settled_after_months {
            months * 100 / self.policy.settled_after_months
        } else if months < self.policy.fades_after_months {
            100
        } else {
            50
        }
    }

    /// Whole months since the latest that was lived through.
    fn months_since(&self, supporter: &Supporter) -> Option<u32> {
        let (day, latest) = (self.facts.day, supporter.latest?);
        let months = |date: NaiveDate| i64::from(date.year()) * 12 + i64::from(date.month0());
        let whole = months(day) - months(latest) - i64::from(day.day() < latest.day());
        Some(u32::try_from(whole).unwrap_or(0))
    }

    fn shared_situations(&self, supporter: &Supporter) -> u32 {
        let shared = self
            .life_situation
            .iter()
            .filter(|one| supporter.life_situation.contains(one))
            .count();
        u32::try_from(shared).unwrap_or(0)
    }

    fn explain(&self, code: MatchReasonCode, supporter: &Supporter) -> Line {
        let codes = |kind, wanted: &[(CodeSystem, String)]| {
            let near = wanted
                .iter()
                .filter(|one| self.in_common(kind, std::slice::from_ref(one), supporter) > 0)
                .count();
            format!("{near} of {} codes in common.", wanted.len())
        };
        let text = match code {
            MatchReasonCode::Diagnosis => codes(ExperienceKind::Diagnosis, &self.diagnoses),
            MatchReasonCode::Procedure => codes(ExperienceKind::Procedure, &self.procedures),
            MatchReasonCode::TimeSinceIllness => match self.months_since(supporter) {
                Some(months) => format!("{months} months since the latest own experience."),
                None => "No own experience has a date.".to_owned(),
            },
            MatchReasonCode::Age => match (self.need.birth_year, supporter.birth_year) {
                (Some(wanted), Some(own)) => {
                    format!("{} years between them.", wanted.abs_diff(own))
                }
                _ => "The volunteer's age is not known.".to_owned(),
            },
            MatchReasonCode::LifeSituation => format!(
                "{} of {} in common.",
                self.shared_situations(supporter),
                self.life_situation.len()
            ),
            MatchReasonCode::Continuity if self.facts.earlier.contains(&supporter.id) => {
                "They have talked with each other before.".to_owned()
            }
            MatchReasonCode::Continuity => "They have not talked with each other.".to_owned(),
            MatchReasonCode::Load => format!(
                "{} of {} talks of the week are taken.",
                self.load(supporter),
                supporter.capacity
            ),
        };
        text.into()
    }
}

/// A mean in whole numbers.
fn share(sum: u32, of: usize) -> u32 {
    sum / u32::try_from(of).unwrap_or(u32::MAX).max(1)
}

/// How near two codes are: the same 100; one a group that the other is in (at least a letter and
/// two digits long) 60.
fn like(one: &str, other: &str) -> u32 {
    let (short, long) = if one.len() <= other.len() {
        (one, other)
    } else {
        (other, one)
    };
    if short == long {
        100
    } else if short.len() >= 3 && long.starts_with(short) {
        60
    } else {
        0
    }
}
