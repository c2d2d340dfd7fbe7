//! What stands in the way of a group's last day: a group does not end before what it has planned.

use chrono::NaiveDate;

use super::members;
use super::model::SteeringGroup;
use crate::meetings;
use crate::platform::app::Cx;
use crate::platform::error::{Error, FieldError, Problem, ProblemCode, Result};
use crate::platform::id::Id;
use crate::working_groups;

fn named<T>(wrong: &mut Vec<FieldError>, ids: Vec<Id<T>>, code: &'static str, what: &str) {
    for id in ids {
        wrong.push(FieldError::new("/endsOn", code, format!("{what}: {id}")));
    }
}

/// Refuses a last day that lies before the group begins, or before a meeting, the end of a working
/// group, or the end of a seat. Seats without a last day are held for as long as the group lasts.
pub(super) fn check(cx: &mut Cx<'_>, group: &SteeringGroup, end: NaiveDate) -> Result<()> {
    if end < group.starts_on {
        return Err(Error::field(
            "/endsOn",
            "order",
            "must not be earlier than startsOn",
        ));
    }
    let mut wrong = Vec::new();
    named(
        &mut wrong,
        meetings::after(cx, group.id, end)?,
        "meetingAfter",
        "a meeting lies behind that day",
    );
    named(
        &mut wrong,
        working_groups::after(cx, group.id, end)?,
        "workingGroupAfter",
        "a working group ends behind that day",
    );
    named(
        &mut wrong,
        members::after(cx, group.id, end)?,
        "seatAfter",
        "a seat is held behind that day",
    );
    if wrong.is_empty() {
        return Ok(());
    }
    Err(Error::Problem(Box::new(Problem {
        code: ProblemCode::Conflict,
        detail: "The group lasts as long as what `errors` names: cancel, move, end or remove that first."
            .to_owned(),
        errors: wrong,
        state: None,
        allowed: None,
    })))
}
