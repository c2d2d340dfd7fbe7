//! What a meeting's state is and which steps it allows (CPS-6). Pure.

use super::model::{MeetingState, RemarkTiming};
use crate::closed_enum;
use crate::platform::db::Instant;
use crate::platform::error::{Error, Result};

/// The moments that decide a meeting's state.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Moments {
    /// When it begins.
    pub starts_at: Instant,
    /// When it was cancelled.
    pub cancelled_at: Option<Instant>,
    /// When its agenda was first sent.
    pub agenda_sent_at: Option<Instant>,
    /// When its minutes were first sent.
    pub minutes_sent_at: Option<Instant>,
    /// The first moment at which a remark does not count any more.
    pub remarks_until: Option<Instant>,
    /// From when on the minutes are approved, as things stand.
    pub approves_at: Option<Instant>,
}

/// The state at `now`: nothing but the time is needed for minutes to be approved.
#[must_use]
pub fn state(moments: &Moments, now: Instant) -> MeetingState {
    let passed = |at: Option<Instant>| at.is_some_and(|at| at <= now);
    if moments.cancelled_at.is_some() {
        MeetingState::Cancelled
    } else if passed(moments.approves_at) {
        MeetingState::Approved
    } else if moments.minutes_sent_at.is_some() && passed(moments.remarks_until) {
        MeetingState::AwaitingRevision
    } else if moments.minutes_sent_at.is_some() {
        MeetingState::MinutesSent
    } else if moments.starts_at <= now {
        MeetingState::Held
    } else if moments.agenda_sent_at.is_some() {
        MeetingState::AgendaSent
    } else {
        MeetingState::Planned
    }
}

/// From when on minutes are approved: when the period for remarks is over and every remark that
/// came in it is answered, whichever is later. None while one is open.
#[must_use]
pub fn approves_at(
    remarks_until: Instant,
    open_remarks: i32,
    last_revised_at: Option<Instant>,
) -> Option<Instant> {
    (open_remarks == 0).then(|| last_revised_at.map_or(remarks_until, |at| at.max(remarks_until)))
}

/// Whether a remark counts that is registered at `now`: it came before the period was over, and the
/// minutes are not approved yet. What is approved stays so, whatever is registered afterwards: a
/// remark that came in time and was overlooked is marked, and asks for a correction.
#[must_use]
pub fn timing(moments: &Moments, received_at: Instant, now: Instant) -> RemarkTiming {
    let came_in_time = moments
        .remarks_until
        .is_some_and(|until| received_at < until);
    match state(moments, now) {
        _ if !came_in_time => RemarkTiming::Late,
        MeetingState::Approved => RemarkTiming::Overlooked,
        _ => RemarkTiming::InTime,
    }
}

closed_enum! {
    /// A step in the life of a meeting.
    pub enum Step {
        /// Change when, where and what kind.
        Change = "change",
        /// Call it off.
        Cancel = "cancellation",
        /// Put something on the agenda, order it, take it off.
        Plan = "agendaItems",
        /// Send the agenda, also once more.
        SendAgenda = "agenda/sending",
        /// Record who took part.
        Attend = "attendance",
        /// Write the minutes: of items, decisions, tasks.
        Write = "minutes",
        /// Send the minutes.
        SendMinutes = "minutes/sending",
        /// Send a remark on the minutes.
        Remark = "remarks",
        /// Send revised minutes, with an answer to every remark.
        Revise = "minutes/revision",
        /// Send a correction of approved minutes.
        Correct = "minutes/correction",
        /// Answer remarks on approved minutes without correcting them.
        Answer = "remark-answers",
    }
}

/// The steps that a state allows.
#[must_use]
pub const fn allowed(state: MeetingState) -> &'static [Step] {
    match state {
        MeetingState::Planned | MeetingState::AgendaSent => {
            &[Step::Change, Step::Cancel, Step::Plan, Step::SendAgenda]
        }
        MeetingState::Held => &[
            Step::Cancel,
            Step::Plan,
            Step::Attend,
            Step::Write,
            Step::SendMinutes,
        ],
        MeetingState::MinutesSent | MeetingState::AwaitingRevision => {
            &[Step::Attend, Step::Write, Step::Remark, Step::Revise]
        }
        MeetingState::Approved => &[
            Step::Attend,
            Step::Write,
            Step::Remark,
            Step::Correct,
            Step::Answer,
        ],
        MeetingState::Cancelled => &[],
    }
}

/// Refuses a step that the state does not allow, with those that it does.
pub fn check(state: MeetingState, step: Step) -> Result<()> {
    if allowed(state).contains(&step) {
        return Ok(());
    }
    let why = match (step, state) {
        (_, MeetingState::Cancelled) => "The meeting was cancelled.",
        (Step::SendAgenda | Step::Change, MeetingState::Held) => {
            "The meeting has begun: its agenda can not be sent any more, nor its time changed."
        }
        (
            Step::Attend | Step::Write | Step::SendMinutes,
            MeetingState::Planned | MeetingState::AgendaSent,
        ) => "The meeting has not begun yet.",
        (Step::SendMinutes, _) => {
            "The minutes were sent already: they are revised until they are approved, and corrected afterwards."
        }
        (Step::Revise, MeetingState::Approved) => {
            "The minutes are approved: what is to be put right is a correction."
        }
        (Step::Correct, _) => "The minutes are not approved yet.",
        (Step::Answer, MeetingState::MinutesSent | MeetingState::AwaitingRevision) => {
            "The minutes are not approved yet: their revision answers remarks."
        }
        (Step::Remark | Step::Revise | Step::Answer, _) => "No minutes were sent yet.",
        _ => "The minutes were sent: the meeting itself stays as it was.",
    };
    Err(Error::state(why, state, allowed(state)))
}

/// What the secretariat has to do next, and until when.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Task {
    /// What.
    pub kind: TaskKind,
    /// The first moment that is too late.
    pub due_at: Instant,
}

closed_enum! {
    /// What the secretariat has to do: sendAgenda (udsend dagsorden), sendChangedAgenda (udsend
    /// ændret dagsorden), sendMinutes (udsend referat), reviseMinutes (revidér referat),
    /// correctMinutes (ret referat eller besvar bemærkning).
    pub enum TaskKind {
        /// Send the agenda.
        SendAgenda = "sendAgenda",
        /// Send the agenda again: it was changed.
        SendChangedAgenda = "sendChangedAgenda",
        /// Send the minutes.
        SendMinutes = "sendMinutes",
        /// Answer remarks in revised minutes.
        ReviseMinutes = "reviseMinutes",
        /// Correct approved minutes, or answer that a remark changes nothing in them.
        CorrectMinutes = "correctMinutes",
    }
}

/// The deadlines and what is open, for [`task`].
#[derive(Debug, Clone, Copy)]
pub struct Open {
    /// The first moment that is too late for the agenda.
    pub agenda_due_at: Instant,
    /// Whether the agenda was sent for the day that the meeting is held on now.
    pub agenda_done: bool,
    /// Whether the agenda holds something that was not sent.
    pub agenda_changed: bool,
    /// The first moment that is too late for the minutes.
    pub minutes_due_at: Instant,
    /// The first moment that is too late for the revision.
    pub revision_due_at: Option<Instant>,
    /// Remarks in time that are not answered.
    pub open_remarks: i32,
    /// The first moment that is too late to answer overlooked remarks, while there are any.
    pub correction_due_at: Option<Instant>,
}

/// What the secretariat has to do next for a meeting, if anything.
#[must_use]
pub fn task(moments: &Moments, open: &Open, now: Instant) -> Option<Task> {
    let (kind, due_at) = match state(moments, now) {
        MeetingState::Planned => (TaskKind::SendAgenda, open.agenda_due_at),
        MeetingState::AgendaSent if !open.agenda_done => {
            (TaskKind::SendChangedAgenda, open.agenda_due_at)
        }
        MeetingState::AgendaSent if open.agenda_changed => {
            (TaskKind::SendChangedAgenda, moments.starts_at)
        }
        MeetingState::Held => (TaskKind::SendMinutes, open.minutes_due_at),
        MeetingState::MinutesSent | MeetingState::AwaitingRevision if open.open_remarks > 0 => {
            (TaskKind::ReviseMinutes, open.revision_due_at?)
        }
        MeetingState::Approved => (TaskKind::CorrectMinutes, open.correction_due_at?),
        _ => return None,
    };
    Some(Task { kind, due_at })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn at(minutes: i64) -> Instant {
        Instant::from_micros(minutes * 60_000_000)
    }

    fn moments() -> Moments {
        Moments {
            starts_at: at(100),
            cancelled_at: None,
            agenda_sent_at: None,
            minutes_sent_at: None,
            remarks_until: None,
            approves_at: None,
        }
    }

    #[test]
    fn cps_6_with_no_remarks_they_stand_approved_when_the_period_ends() {
        let sent = Moments {
            minutes_sent_at: Some(at(200)),
            remarks_until: Some(at(300)),
            approves_at: approves_at(at(300), 0, None),
            ..moments()
        };
        assert_eq!(state(&sent, at(299)), MeetingState::MinutesSent);
        assert_eq!(state(&sent, at(300)), MeetingState::Approved);
        assert_eq!(timing(&sent, at(299), at(299)), RemarkTiming::InTime);
        assert_eq!(timing(&sent, at(300), at(300)), RemarkTiming::Late);
        // Approved stays approved, whatever is registered afterwards.
        assert_eq!(timing(&sent, at(299), at(301)), RemarkTiming::Overlooked);
    }

    #[test]
    fn cps_6_an_open_remark_holds_the_approval_back() {
        let open = Moments {
            minutes_sent_at: Some(at(200)),
            remarks_until: Some(at(300)),
            approves_at: approves_at(at(300), 1, None),
            ..moments()
        };
        assert_eq!(state(&open, at(1000)), MeetingState::AwaitingRevision);
        let early = approves_at(at(300), 0, Some(at(250)));
        let late = approves_at(at(300), 0, Some(at(400)));
        assert_eq!((early, late), (Some(at(300)), Some(at(400))));
        // Registered late by the secretariat, but it came in time.
        assert_eq!(timing(&open, at(299), at(350)), RemarkTiming::InTime);
    }

    proptest! {
        /// Nothing that time alone does ever leads back.
        #[test]
        fn cps_6_time_leads_forward_only(
            agenda in prop::option::of(0_i64..100), minutes in prop::option::of(100_i64..300),
            open in 0_i32..2, from in 0_i64..1000, step in 0_i64..1000,
        ) {
            let remarks_until = minutes.map(|sent| at(sent + 50));
            let moments = Moments {
                agenda_sent_at: agenda.map(at),
                minutes_sent_at: minutes.map(at),
                remarks_until,
                approves_at: remarks_until.and_then(|until| approves_at(until, open, None)),
                ..moments()
            };
            let (before, after) = (state(&moments, at(from)), state(&moments, at(from + step)));
            prop_assert!(before <= after, "{before} then {after}");
        }

        #[test]
        fn a_step_is_refused_exactly_where_it_is_not_named(state in 0_usize..7, step in 0_usize..11) {
            let (state, step) = (MeetingState::ALL[state], Step::ALL[step]);
            prop_assert_eq!(check(state, step).is_ok(), allowed(state).contains(&step));
        }
    }
}
