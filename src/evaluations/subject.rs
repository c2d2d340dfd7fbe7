//! What is evaluated: found under the actor's own rights to it.

use super::rules::Term;
use crate::agreements::{self, HealthAgreement, HealthAgreementId};
use crate::platform::app::Cx;
use crate::platform::error::{Error, Result};
use crate::programmes::{self, ProgrammeId};
use crate::steering::{self, SteeringGroupId};
use crate::working_groups::{self, WorkingGroupId, WorkingGroupState};

/// Which one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Subject {
    /// A health agreement.
    Agreement(HealthAgreementId),
    /// A steering group.
    Group(SteeringGroupId),
    /// A working group, of this steering group.
    WorkingGroup(WorkingGroupId, SteeringGroupId),
}

impl Subject {
    /// From the columns of a row.
    pub fn of(
        agreement: Option<HealthAgreementId>,
        group: Option<SteeringGroupId>,
        working_group: Option<WorkingGroupId>,
    ) -> Result<Self> {
        match (agreement, group, working_group) {
            (Some(agreement), None, None) => Ok(Self::Agreement(agreement)),
            (None, Some(group), None) => Ok(Self::Group(group)),
            (None, Some(group), Some(working)) => Ok(Self::WorkingGroup(working, group)),
            _ => Err(Error::internal("an evaluation of nothing")),
        }
    }

    /// The agreement.
    pub fn agreement(self) -> Option<HealthAgreementId> {
        match self {
            Self::Agreement(id) => Some(id),
            Self::Group(_) | Self::WorkingGroup(..) => None,
        }
    }

    /// The steering group, its own or the working group's.
    pub fn group(self) -> Option<SteeringGroupId> {
        match self {
            Self::Agreement(_) => None,
            Self::Group(id) | Self::WorkingGroup(_, id) => Some(id),
        }
    }

    /// The working group.
    pub fn working_group(self) -> Option<WorkingGroupId> {
        match self {
            Self::WorkingGroup(id, _) => Some(id),
            Self::Agreement(_) | Self::Group(_) => None,
        }
    }
}

/// What the rules need of it, if the actor sees it; without the evaluations that it has had.
pub fn term(cx: &mut Cx<'_>, subject: Subject) -> Result<(Term, Option<ProgrammeId>)> {
    match subject {
        Subject::Agreement(id) => {
            let agreement = agreements::find(cx, id)?;
            Ok((of_agreement(cx, &agreement)?, Some(agreement.programme_id)))
        }
        Subject::Group(id) => {
            let group = steering::find(cx, id)?;
            let term = Term {
                from: group.starts_on,
                to: group.ends_on,
                ended: false,
                midway: None,
                last_held: None,
                today: steering::today(cx, &group)?,
            };
            Ok((term, group.programme_id))
        }
        Subject::WorkingGroup(id, group) => {
            let working = working_groups::find(cx, id)?;
            let group = steering::find(cx, group)?;
            let term = Term {
                from: working.starts_on,
                to: Some(working.ends_on),
                ended: working.state != WorkingGroupState::Working,
                midway: None,
                last_held: None,
                today: steering::today(cx, &group)?,
            };
            Ok((term, group.programme_id))
        }
    }
}

fn of_agreement(cx: &mut Cx<'_>, agreement: &HealthAgreement) -> Result<Term> {
    Ok(Term {
        from: agreement.period_from,
        to: Some(agreement.period_to),
        ended: false,
        midway: Some(agreement.midway_on),
        last_held: None,
        today: programmes::today(cx, agreement.programme_id)?,
    })
}
