//! What may happen to a volunteer (HF-2), and whether the volunteer is there on a day. Pure.

use std::fmt;

use chrono::NaiveDate;

use super::model::VolunteerState;
use crate::platform::error::{Error, Result};

/// What the record says of a volunteer's standing; the shown state follows from it and the day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Standing {
    /// The stored state: never [`VolunteerState::OnLeave`].
    pub state: VolunteerState,
    /// The first day away, of the leave that is running or coming.
    pub leave_from: Option<NaiveDate>,
    /// The first day back.
    pub leave_until: Option<NaiveDate>,
    /// The last day on which the onboarding holds.
    pub qualified_until: Option<NaiveDate>,
}

impl Standing {
    /// Whether a leave covers `day`.
    #[must_use]
    pub fn is_away(&self, day: NaiveDate) -> bool {
        self.leave_from.is_some_and(|from| from <= day)
            && self.leave_until.is_none_or(|until| day < until)
    }

    /// Whether the onboarding holds on `day`.
    #[must_use]
    pub fn is_qualified(&self, day: NaiveDate) -> bool {
        self.qualified_until.is_none_or(|last| day <= last)
    }

    /// The state as it is shown on `day`.
    #[must_use]
    pub fn on(&self, day: NaiveDate) -> VolunteerState {
        if self.state == VolunteerState::Active && self.is_away(day) {
            VolunteerState::OnLeave
        } else {
            self.state
        }
    }

    /// Refuses who may not be matched, booked or put on a shift on `day` (HF-2).
    pub fn require_active(&self, day: NaiveDate) -> Result<()> {
        match self.on(day) {
            VolunteerState::Active if self.is_qualified(day) => Ok(()),
            VolunteerState::Active => Err(Error::state(
                "A step of the volunteer's onboarding has expired and must be repeated (HF-2).",
                "expired",
                [Step::Record],
            )),
            state => Err(Error::state(
                "Only an active volunteer is matched, booked or put on a ward shift (HF-2).",
                state,
                allowed(state),
            )),
        }
    }
}

/// The first day on which an onboarding that held until `before` holds no longer, now that it holds
/// until `after`; none where it holds as long or longer.
#[must_use]
pub fn lost_from(before: Option<NaiveDate>, after: Option<NaiveDate>) -> Option<NaiveDate> {
    let last = after?;
    if before.is_some_and(|before| before <= last) {
        return None;
    }
    last.succ_opt()
}

/// A step in a volunteer's life.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// The record is changed.
    Change,
    /// A step of the onboarding was held.
    Record,
    /// Becomes active.
    Activate,
    /// Goes on leave.
    TakeLeave,
    /// Comes back from leave.
    Return,
    /// Leaves for good.
    Depart,
}

impl Step {
    /// Every step.
    pub const ALL: &'static [Self] = &[
        Self::Change,
        Self::Record,
        Self::Activate,
        Self::TakeLeave,
        Self::Return,
        Self::Depart,
    ];
}

impl fmt::Display for Step {
    /// As the API names it: the sub-resource, or `change` for a PATCH.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Change => "change",
            Self::Record => "onboarding-steps",
            Self::Activate => "activation",
            Self::TakeLeave => "leave",
            Self::Return => "return",
            Self::Depart => "departure",
        })
    }
}

/// The state that `step` leads to, where it is possible. Leave and return move between active and
/// on leave only where they hold today; the stored state is active either way.
#[must_use]
pub fn after(state: VolunteerState, step: Step) -> Option<VolunteerState> {
    use VolunteerState::{Active, Candidate, Departed, OnLeave, Onboarding};
    match (state, step) {
        (Departed, _) => None,
        (state, Step::Change) => Some(state),
        (Candidate | Onboarding, Step::Record) => Some(Onboarding),
        (Active | OnLeave, Step::Record) => Some(state),
        (Candidate | Onboarding, Step::Activate) => Some(Active),
        (Active | OnLeave, Step::Activate) => None,
        (Active | OnLeave, Step::TakeLeave) => Some(OnLeave),
        (OnLeave, Step::Return) => Some(Active),
        (Candidate | Onboarding, Step::TakeLeave)
        | (Candidate | Onboarding | Active, Step::Return) => None,
        (Candidate | Onboarding | Active | OnLeave, Step::Depart) => Some(Departed),
    }
}

/// The steps that are possible.
#[must_use]
pub fn allowed(state: VolunteerState) -> Vec<Step> {
    Step::ALL
        .iter()
        .copied()
        .filter(|step| after(state, *step).is_some())
        .collect()
}

/// The state that `step` leads to, or the refusal that says what is possible.
pub fn step(state: VolunteerState, step: Step) -> Result<VolunteerState> {
    after(state, step).ok_or_else(|| {
        Error::state(
            "The volunteer is in a state that does not allow this step.",
            state,
            allowed(state),
        )
    })
}
