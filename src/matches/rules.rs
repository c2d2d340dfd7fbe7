//! Who fits, and how well (HF-5). Pure, in whole numbers: the same data give the same answer, in
//! whatever order they come.

use std::collections::{HashMap, HashSet};

use chrono::{Datelike as _, NaiveDate};

use super::model::{
    Candidate, Excluded, Gate, GateCount, MatchReason, MatchReasonCode, Need, Ranking,
};
use crate::organisations::OrganisationId;
use crate::patients::PatientId;
use crate::platform::text::Line;
use crate::programmes::MatchingPolicy;
use crate::volunteers::{
    CodeSystem, CodedValue, ExperienceKind, ExperienceOf, Lived, Supporter, VolunteerId,
    VolunteerState, VolunteerSubtype, plain_code, plain_language,
};

/// What is known besides the volunteers themselves.
#[derive(Debug, Default)]
pub struct Facts {
    /// The day of the talk.
    pub day: NaiveDate,
    /// Who has a free time, where a time is asked for.
    pub free: Option<HashSet<VolunteerId>>,
    /// Talks that each has in the week already.
    pub load: HashMap<VolunteerId, u32>,
    /// Who has talked with the person before.
    pub earlier: HashSet<VolunteerId>,
    /// The ward and what it is part of, below the data controller.
    pub ward: Vec<OrganisationId>,
    /// The person, under every id the record has had.
    pub patient: Vec<PatientId>,
}

/// A need, ready to be compared.
struct Wanted<'a> {
    need: &'a Need,
    facts: &'a Facts,
    policy: &'a MatchingPolicy,
    languages: Vec<String>,
    diagnoses: Vec<(CodeSystem, String)>,
    procedures: Vec<(CodeSystem, String)>,
    life_situation: Vec<String>,
}

fn plain(codes: &[CodedValue]) -> Vec<(CodeSystem, String)> {
    codes
        .iter()
        .map(|value| (value.system, plain_code(value.code.as_str())))
        .collect()
}

/// Ranks `supporters` for `need`.
pub fn rank<'s>(
    supporters: impl Iterator<Item = &'s Supporter>,
    need: &Need,
    facts: &Facts,
    policy: &MatchingPolicy,
) -> Ranking {
    let wanted = Wanted {
        need,
        facts,
        policy,
        languages: need
            .languages
            .iter()
            .map(|language| plain_language(language.as_str()))
            .collect(),
        diagnoses: plain(&need.diagnoses),
        procedures: plain(&need.procedures),
        life_situation: need
            .life_situation
            .iter()
            .map(|code| code.as_str().to_ascii_lowercase())
            .collect(),
    };
    let mut fitting: Vec<(u32, &Supporter)> = Vec::new();
    let mut excluded: Vec<Excluded> = Vec::new();
    for supporter in supporters {
        match wanted.gate(supporter) {
            None => fitting.push((wanted.score(supporter), supporter)),
            Some(gate) => excluded.push(Excluded {
                volunteer_id: supporter.id,
                gate,
            }),
        }
    }
    fitting.sort_unstable_by(|(a, left), (b, right)| b.cmp(a).then(left.id.cmp(&right.id)));
    excluded.sort_unstable_by_key(|one| (one.gate, one.volunteer_id));
    let excluded_by_gate = count(&excluded);
    excluded.truncate(usize::try_from(need.excluded_limit).unwrap_or(usize::MAX));
    let named = usize::try_from(need.limit).unwrap_or(usize::MAX);
    Ranking {
        programme_id: need.programme_id,
        maximum: wanted.factors().map(|(_, weight)| weight * 100).sum(),
        candidates_total: u32::try_from(fitting.len()).unwrap_or(u32::MAX),
        candidates: fitting
            .into_iter()
            .take(named)
            .map(|(score, supporter)| Candidate {
                volunteer_id: supporter.id,
                display_name: supporter.display_name.clone(),
                score,
                reasons: wanted.reasons(supporter),
            })
            .collect(),
        excluded,
        excluded_by_gate,
    }
}

fn count(sorted: &[Excluded]) -> Vec<GateCount> {
    sorted
        .chunk_by(|a, b| a.gate == b.gate)
        .filter_map(|stopped| {
            Some(GateCount {
                gate: stopped.first()?.gate,
                volunteers: u32::try_from(stopped.len()).unwrap_or(u32::MAX),
            })
        })
        .collect()
}

impl Wanted<'_> {
    /// The first gate that stops a volunteer.
    fn gate(&self, supporter: &Supporter) -> Option<Gate> {
        let (need, facts) = (self.need, self.facts);
        let closed = [
            (
                Gate::NotActive,
                supporter.standing.state != VolunteerState::Active,
            ),
            (Gate::OnLeave, supporter.standing.is_away(facts.day)),
            (
                Gate::OnboardingExpired,
                !supporter.standing.is_qualified(facts.day),
            ),
            (
                Gate::Subtype,
                !none_or_any(&need.subtypes, |one| supporter.subtypes.contains(one)),
            ),
            (
                Gate::Language,
                !none_or_any(&self.languages, |one| supporter.languages.contains(one)),
            ),
            (
                Gate::Phase,
                need.phase.is_some_and(|phase| {
                    !supporter.phases.is_empty() && !supporter.phases.contains(&phase)
                }),
            ),
            (Gate::ConflictOfInterest, self.is_barred(supporter, false)),
            (Gate::OwnWorkplace, self.is_barred(supporter, true)),
            (
                Gate::NotFree,
                facts
                    .free
                    .as_ref()
                    .is_some_and(|free| !free.contains(&supporter.id)),
            ),
            (Gate::Capacity, self.load(supporter) >= supporter.capacity),
        ];
        closed
            .into_iter()
            .find_map(|(gate, closed)| closed.then_some(gate))
    }

    /// Whether a conflict stands that day. One with an organisation holds for its parts too.
    fn is_barred(&self, supporter: &Supporter, employment: bool) -> bool {
        supporter
            .bars
            .iter()
            .filter(|bar| bar.employment == employment)
            .filter(|bar| bar.until.is_none_or(|until| self.facts.day <= until))
            .any(|bar| {
                bar.organisation
                    .is_some_and(|organisation| self.facts.ward.contains(&organisation))
                    || bar
                        .patient
                        .is_some_and(|patient| self.facts.patient.contains(&patient))
            })
    }

    fn load(&self, supporter: &Supporter) -> u32 {
        self.facts.load.get(&supporter.id).copied().unwrap_or(0)
    }

    /// What counts for this need, and how much: the same for every volunteer.
    fn factors(&self) -> impl Iterator<Item = (MatchReasonCode, u32)> {
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

    fn score(&self, supporter: &Supporter) -> u32 {
        self.factors()
            .map(|(code, weight)| weight * self.points(code, supporter))
            .sum()
    }

    fn reasons(&self, supporter: &Supporter) -> Vec<MatchReason> {
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

fn none_or_any<T>(list: &[T], is: impl FnMut(&T) -> bool) -> bool {
    list.is_empty() || list.iter().any(is)
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
