//! The calendar engine on its own: which day is so many working days from now, and why.

use chrono::NaiveDate;
use serde::Serialize;
use utoipa::ToSchema;

use super::model::{Policy, ProgrammeId};
use crate::calendar::{CalendarError, Deadline, end_of_day};
use crate::platform::db::Instant;
use crate::platform::error::{Error, Result};

/// A deadline in a programme's working days (frist i hverdage / tidsfrist i vardagar), day by day.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({
    "programmeId": "01980f1e-7d2c-7c3a-9b1e-2f6d8a4c5e70",
    "timeZone": "Europe/Copenhagen",
    "dueAt": "2026-05-15T22:00:00Z",
    "deadline": {
        "receivedOn": "2026-05-13", "workingDays": 1, "dueOn": "2026-05-15",
        "days": [
            {"date": "2026-05-13", "weekday": "wednesday", "counted": null, "reason": "received", "name": null},
            {"date": "2026-05-14", "weekday": "thursday", "counted": null, "reason": "publicHoliday", "name": "Kristi himmelfartsdag"},
            {"date": "2026-05-15", "weekday": "friday", "counted": 1, "reason": "workingDay", "name": null}
        ]
    }
}))]
pub struct ProgrammeDeadline {
    /// The programme whose calendar was asked.
    pub programme_id: ProgrammeId,
    /// The time zone in which its days begin and end.
    #[schema(example = "Europe/Copenhagen")]
    pub time_zone: String,
    /// The end of the due day in that time zone: the first instant that is too late.
    pub due_at: Instant,
    /// The due day, and every day counted or skipped on the way to it (APS-4).
    pub deadline: Deadline,
}

/// The deadline `working_days` working days after `from`, which is day 0.
pub fn explain(
    programme_id: ProgrammeId,
    policy: &Policy,
    from: NaiveDate,
    working_days: u32,
) -> Result<ProgrammeDeadline> {
    let deadline = policy
        .working_calendar()?
        .deadline(from, working_days, &[])
        .map_err(|error| refused(&error))?;
    let due_on = deadline
        .due_on
        .ok_or_else(|| Error::internal("a deadline without pauses has no due day"))?;
    Ok(ProgrammeDeadline {
        programme_id,
        time_zone: policy.calendar.time_zone.clone(),
        due_at: end_of_day(due_on, policy.time_zone()?).into(),
        deadline,
    })
}

fn refused(error: &CalendarError) -> Error {
    match error {
        CalendarError::YearOutOfRange => Error::field("?from", error.code(), error.detail()),
        CalendarError::TooManyWorkingDays => {
            Error::field("?workingDays", error.code(), error.detail())
        }
        CalendarError::NoWorkingDays => Error::conflict(error.detail()),
        CalendarError::PauseReversed(_) | CalendarError::ClosedDay(..) => {
            Error::internal(format_args!("deadline: {}", error.code()))
        }
    }
}
