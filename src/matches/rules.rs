//! Who fits, and how well (HF-5). Pure, in whole numbers: the same data give the same answer, in
//! whatever order they come.

use std::collections::{HashMap, HashSet};

use chrono::NaiveDate;

use super::model::{Candidate, Excluded, Gate, GateCount, Need, Ranking};
use crate::organisations::OrganisationId;
use crate::patients::PatientId;
use crate::programmes::MatchingPolicy;
use crate::volunteers::{
    CodeSystem, CodedValue, Supporter, VolunteerId, VolunteerState, plain_code, plain_language,
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
pub(super) struct Wanted<'a> {
    pub(super) need: &'a Need,
    pub(super) facts: &'a Facts,
    pub(super) policy: &'a MatchingPolicy,
    languages: Vec<String>,
    pub(super) diagnoses: Vec<(CodeSystem, String)>,
    pub(super) procedures: Vec<(CodeSystem, String)>,
    pub(super) life_situation: Vec<String>,
}

fn plain(codes: &[CodedValue]) -> Vec<(CodeSystem, String)> {
    codes
        .iter()
        .map(|value| (value.system, plain_code(value.code.as_str())))
        .collect()
}

/// The first of these gates that stops a volunteer.
#[must_use]
pub fn stopped_by(
    supporter: &Supporter,
    need: &Need,
    facts: &Facts,
    policy: &MatchingPolicy,
    gates: &[Gate],
) -> Option<Gate> {
    let wanted = Wanted::new(need, facts, policy);
    gates
        .iter()
        .copied()
        .find(|gate| wanted.stops(*gate, supporter))
}

/// Those whom none of these gates stops.
pub fn let_through<'s>(
    supporters: impl Iterator<Item = &'s Supporter>,
    need: &Need,
    facts: &Facts,
    policy: &MatchingPolicy,
    gates: &[Gate],
) -> HashSet<VolunteerId> {
    let wanted = Wanted::new(need, facts, policy);
    supporters
        .filter(|supporter| !gates.iter().any(|gate| wanted.stops(*gate, supporter)))
        .map(|supporter| supporter.id)
        .collect()
}

/// Ranks `supporters` for `need`.
pub fn rank<'s>(
    supporters: impl Iterator<Item = &'s Supporter>,
    need: &Need,
    facts: &Facts,
    policy: &MatchingPolicy,
) -> Ranking {
    let wanted = Wanted::new(need, facts, policy);
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

impl<'a> Wanted<'a> {
    fn new(need: &'a Need, facts: &'a Facts, policy: &'a MatchingPolicy) -> Self {
        Self {
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
        }
    }
}

impl Wanted<'_> {
    /// The first gate that stops a volunteer. Most are stopped by the first few, so that the later
    /// ones are not asked.
    fn gate(&self, supporter: &Supporter) -> Option<Gate> {
        Gate::ALL
            .iter()
            .copied()
            .find(|gate| self.stops(*gate, supporter))
    }

    fn stops(&self, gate: Gate, supporter: &Supporter) -> bool {
        let (need, facts) = (self.need, self.facts);
        match gate {
            Gate::NotActive => supporter.standing.state != VolunteerState::Active,
            Gate::OnLeave => supporter.standing.is_away(facts.day),
            Gate::OnboardingExpired => !supporter.standing.is_qualified(facts.day),
            Gate::Subtype => !none_or_any(&need.subtypes, |one| supporter.subtypes.contains(one)),
            Gate::Language => {
                !none_or_any(&self.languages, |one| supporter.languages.contains(one))
            }
            Gate::Phase => need.phase.is_some_and(|phase| {
                !supporter.phases.is_empty() && !supporter.phases.contains(&phase)
            }),
            Gate::ConflictOfInterest => self.is_barred(supporter, false),
            Gate::OwnWorkplace => self.is_barred(supporter, true),
            Gate::NotFree => facts
                .free
                .as_ref()
                .is_some_and(|free| !free.contains(&supporter.id)),
            Gate::Capacity => self.load(supporter) >= supporter.capacity,
        }
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

    pub(super) fn load(&self, supporter: &Supporter) -> u32 {
        self.facts.load.get(&supporter.id).copied().unwrap_or(0)
    }
}

pub(super) fn none_or_any<T>(list: &[T], is: impl FnMut(&T) -> bool) -> bool {
    list.is_empty() || list.iter().any(is)
}
