//! What is done with courses: validate, decide (`rules`), write (`store`).

use super::model::{
    Closing, ClosingReason, Course, CourseId, CoursePause, CourseState, NewCourse, SupporterPeriod,
    TreatmentResponsible,
};
use super::requests::{CourseChange, NewClosure, NewPause, SupporterChange};
use super::rules::{self, Step};
use super::store;
use crate::calendar::{local_date, start_of_day};
use crate::calls::{self, CallSessionId, CancelScope};
use crate::consents::{self, Consent};
use crate::organisations;
use crate::platform::app::Cx;
use crate::platform::error::{Error, Result};
use crate::platform::events::Event;
use crate::platform::text::Prose;
use crate::programmes::{self, Purpose};
use crate::referrals;

fn event(kind: &'static str, course: &Course) -> Event {
    Event::new(kind, course.id)
        .programme(course.programme_id)
        .patient(course.patient_id)
}

/// Field errors point below `pointer`.
fn check_responsible(
    cx: &mut Cx<'_>,
    responsible: &TreatmentResponsible,
    pointer: &str,
) -> Result<()> {
    if let Some(id) = responsible.organisation_id {
        organisations::find(cx, id)
            .map_err(|error| error.referred(&format!("{pointer}/organisationId")))?;
    }
    Ok(())
}

/// Opens a course. Only the decision in a first conversation does that (APS-5).
pub fn open(cx: &mut Cx<'_>, new: NewCourse) -> Result<Course> {
    check_responsible(cx, &new.treatment_responsible, "/treatmentResponsible")?;
    if !store::running(cx, new.patient_id, Some(new.programme_id))?.is_empty() {
        return Err(Error::conflict(
            "The patient has a running course in this programme.",
        ));
    }
    let programme = programmes::find(cx, new.programme_id)?;
    let span = rules::typical(
        new.opened_at,
        programme.policy.time_zone()?,
        &programme.policy.course,
    )?;
    let course = Course {
        id: CourseId::new(),
        programme_id: new.programme_id,
        patient_id: new.patient_id,
        referral_id: new.referral_id,
        supporter_id: new.supporter_id,
        supporters: vec![SupporterPeriod {
            staff_id: new.supporter_id,
            from: new.opened_at,
            until: None,
            reason: None,
        }],
        state: CourseState::Active,
        treatment_responsible: new.treatment_responsible,
        opened_at: new.opened_at,
        opened_on: span.opened_on,
        time_zone: programme.policy.calendar.time_zone,
        typical_from: span.from,
        typical_to: span.to,
        pauses: Vec::new(),
        closing: None,
        warnings: Vec::new(),
        version: 1,
        created_at: cx.now,
        updated_at: cx.now,
        long_from: span.long_from,
    };
    store::insert(cx, &course)?;
    cx.emit(&event("course.opened", &course))?;
    Ok(course)
}

/// Changes who holds treatment responsibility (APS-8).
pub fn change(cx: &mut Cx<'_>, id: CourseId, change: &CourseChange) -> Result<Course> {
    let mut course = store::find(cx, id)?;
    cx.request.expect_version(course.version)?;
    course.state = rules::step(course.state, Step::Change)?;
    if let Some(responsible) = &change.treatment_responsible {
        check_responsible(cx, responsible, "/treatmentResponsible")?;
        course.treatment_responsible = responsible.clone();
    }
    store::save(cx, &mut course)?;
    cx.emit(&event("course.changed", &course))?;
    store::find(cx, id)
}

/// Gives the course and its planned talks to somebody else (APS-6).
pub fn change_supporter(
    cx: &mut Cx<'_>,
    id: CourseId,
    change: &SupporterChange,
) -> Result<(Course, Vec<CallSessionId>)> {
    let mut course = store::find(cx, id)?;
    cx.request.heed_version(course.version)?;
    course.state = rules::step(course.state, Step::ChangeSupporter)?;
    let supporter = calls::active_supporter(cx, change.supporter_id, "/supporterId")?;
    if supporter == course.supporter_id {
        return Err(Error::field(
            "/supporterId",
            "unchanged",
            "carries the course already",
        ));
    }
    course.supporter_id = supporter;
    store::save(cx, &mut course)?;
    store::end_supporter(cx, id)?;
    store::add_supporter(cx, id, supporter, cx.now, Some(&change.reason))?;
    let moved = calls::hand_over(cx, id, supporter)?;
    cx.emit(&event("course.supporterChanged", &course))?;
    Ok((store::find(cx, id)?, moved))
}

/// Lets the course rest. Talks planned within the pause are cancelled.
pub fn pause(
    cx: &mut Cx<'_>,
    id: CourseId,
    pause: &NewPause,
) -> Result<(Course, Vec<CallSessionId>)> {
    let mut course = store::find(cx, id)?;
    cx.request.heed_version(course.version)?;
    course.state = rules::step(course.state, Step::Pause)?;
    let tz = course.tz()?;
    let before = match pause.until {
        Some(until) if until <= local_date(cx.now.utc(), tz) => {
            return Err(Error::field("/until", "inPast", "is not in the future"));
        }
        Some(until) => Some(start_of_day(until, tz).into()),
        None => None,
    };
    course.pauses.push(CoursePause {
        from: cx.now,
        until: pause.until,
        ended_at: None,
        reason: pause.reason,
        note: pause.note.clone(),
    });
    store::save(cx, &mut course)?;
    let cancelled =
        calls::cancel_planned_before(cx, CancelScope::Course(id), "coursePaused", before)?;
    cx.emit(&event("course.paused", &course))?;
    Ok((store::find(cx, id)?, cancelled))
}

fn end_pause(cx: &Cx<'_>, course: &mut Course) {
    if let Some(pause) = course
        .pauses
        .last_mut()
        .filter(|pause| pause.ended_at.is_none())
    {
        pause.ended_at = Some(cx.now);
    }
}

/// Lets the course go on.
pub fn resume(cx: &mut Cx<'_>, id: CourseId) -> Result<Course> {
    let mut course = store::find(cx, id)?;
    cx.request.heed_version(course.version)?;
    course.state = rules::step(course.state, Step::Resume)?;
    end_pause(cx, &mut course);
    store::save(cx, &mut course)?;
    cx.emit(&event("course.resumed", &course))?;
    store::find(cx, id)
}

/// Closes the course with a note, and cancels what was planned in it.
pub fn close(
    cx: &mut Cx<'_>,
    id: CourseId,
    closure: &NewClosure,
) -> Result<(Course, Vec<CallSessionId>)> {
    let mut course = store::find(cx, id)?;
    cx.request.heed_version(course.version)?;
    rules::step(course.state, Step::Close)?;
    if let Some(recipient) = &closure.recipient {
        check_responsible(cx, recipient, "/recipient")?;
    }
    close_with(
        cx,
        &mut course,
        closure.reason,
        Some(closure.closing_note.clone()),
        closure.recipient.clone(),
    )?;
    let cancelled = calls::cancel_planned(cx, CancelScope::Course(id), "courseClosed")?;
    Ok((store::find(cx, id)?, cancelled))
}

fn close_with(
    cx: &mut Cx<'_>,
    course: &mut Course,
    reason: ClosingReason,
    note: Option<Prose>,
    recipient: Option<TreatmentResponsible>,
) -> Result<()> {
    course.state = rules::step(course.state, Step::Close)?;
    let tz = course.tz()?;
    course.closing = Some(Closing {
        at: cx.now,
        on: local_date(cx.now.utc(), tz),
        reason,
        note,
        recipient: recipient.unwrap_or_else(|| course.treatment_responsible.clone()),
    });
    end_pause(cx, course);
    store::save(cx, course)?;
    store::end_supporter(cx, course.id)?;
    cx.emit(&event("course.closed", course))
}

/// Closes the running courses that stood on a withdrawn consent, with the reason
/// `consentWithdrawn`, and says which. Their planned talks are the caller's to cancel (with
/// `calls::cancel_planned`), because its answer lists them too.
///
/// Participation: the patient's courses in the consent's programme, or in all where it names
/// none. Referral: the courses that came from referrals standing on it. A course that another
/// active participation consent covers goes on. Any other purpose closes nothing.
pub fn close_for_consent(cx: &mut Cx<'_>, consent: &Consent) -> Result<Vec<CourseId>> {
    let ended = match consent.purpose {
        Purpose::Participation => store::running(cx, consent.patient_id, consent.programme_id)?,
        Purpose::Referral => standing_on_referrals(cx, consent)?,
        _ => Vec::new(),
    };
    let mut closed = Vec::with_capacity(ended.len());
    for mut course in ended {
        let other = consents::active(
            cx,
            course.patient_id,
            Purpose::Participation,
            Some(course.programme_id),
            cx.now,
        )?;
        if other.is_some() {
            continue;
        }
        close_with(cx, &mut course, ClosingReason::ConsentWithdrawn, None, None)?;
        closed.push(course.id);
    }
    Ok(closed)
}

fn standing_on_referrals(cx: &mut Cx<'_>, consent: &Consent) -> Result<Vec<Course>> {
    let mut ended = Vec::new();
    for referral in referrals::standing_on(cx, consent.id)? {
        ended.extend(store::running_of_referral(cx, referral.id)?);
    }
    Ok(ended)
}
