//! What is done with call sessions: validate, decide (`rules`), write (`store`).

use super::model::{
    CallSession, CallSessionId, CallSessionKind, CallSessionState, SuitabilityDecision,
};
use super::requests::{CallCompletion, CallSessionChange, Enrolment, NewCallSession, NextContact};
use super::rules::{self, Step};
use super::store;
use crate::courses::{self, Course, CourseId, CourseState, NewCourse};
use crate::platform::app::Cx;
use crate::platform::db::Instant;
use crate::platform::error::{Error, FieldError, Result};
use crate::platform::events::Event;
use crate::programmes::{self, ProgrammeId};
use crate::referrals::{self, CriterionAnswer, Referral, ReferralId, ReferralState};
use crate::staff::{self, StaffId};

pub(super) fn event(kind: &'static str, session: &CallSession) -> Event {
    Event::new(kind, session.id)
        .programme(session.programme_id)
        .patient(session.patient_id)
}

/// Plans a talk: a first conversation of an accepted referral or a follow-up in an active course.
pub fn plan(cx: &mut Cx<'_>, new: &NewCallSession) -> Result<CallSession> {
    rules::check_planned("/plannedAt", cx.now, new.planned_at)
        .map_err(|error| Error::invalid(vec![error]))?;
    let contact = NextContact {
        planned_at: new.planned_at,
        planned_minutes: new.planned_minutes,
    };
    if let Some(course) = new.course_id {
        let course = courses::find(cx, course).map_err(|error| error.referred("/courseId"))?;
        let course = active(course)?;
        return plan_follow_up(cx, &course, &contact, new.supporter_id);
    }
    let referral = new
        .referral_id
        .ok_or_else(|| Error::field("/referralId", "required", "is needed"))?;
    let referral = referrals::find(cx, referral).map_err(|error| error.referred("/referralId"))?;
    plan_first(cx, &referral, &contact, new.supporter_id)
}

fn plan_first(
    cx: &mut Cx<'_>,
    referral: &Referral,
    contact: &NextContact,
    supporter: Option<StaffId>,
) -> Result<CallSession> {
    if referral.state != ReferralState::Accepted {
        return Err(Error::state(
            "A first conversation is planned for an accepted referral that is not decided yet.",
            referral.state,
            match referral.state {
                ReferralState::Received => vec!["acceptance"],
                ReferralState::AwaitingSupplement => vec!["supplement"],
                _ => Vec::new(),
            },
        ));
    }
    if store::has_first_planned(cx, referral.id)? {
        return Err(Error::conflict(
            "The referral has a first conversation planned already: move it or cancel it.",
        ));
    }
    let supporter = supporter
        .or(referral.assigned_to)
        .or_else(|| cx.actor.staff_id())
        .ok_or_else(|| {
            Error::field(
                "/supporterId",
                "required",
                "is needed: the referral is not assigned to anybody",
            )
        })?;
    let origin = Origin {
        kind: CallSessionKind::FirstConversation,
        programme: referral.programme_id,
        patient: referral.patient_id,
        referral: referral.id,
        course: None,
    };
    plan_talk(cx, &origin, contact, supporter, "/supporterId")
}

fn plan_follow_up(
    cx: &mut Cx<'_>,
    course: &Course,
    contact: &NextContact,
    supporter: Option<StaffId>,
) -> Result<CallSession> {
    let origin = Origin {
        kind: CallSessionKind::FollowUp,
        programme: course.programme_id,
        patient: course.patient_id,
        referral: course.referral_id,
        course: Some(course.id),
    };
    let supporter = supporter.unwrap_or(course.supporter_id);
    plan_talk(cx, &origin, contact, supporter, "/supporterId")
}

/// What a talk goes back to.
struct Origin {
    kind: CallSessionKind,
    programme: ProgrammeId,
    patient: crate::patients::PatientId,
    referral: ReferralId,
    course: Option<CourseId>,
}

fn plan_talk(
    cx: &mut Cx<'_>,
    origin: &Origin,
    contact: &NextContact,
    supporter: StaffId,
    pointer: &str,
) -> Result<CallSession> {
    let supporter = active_supporter(cx, supporter, pointer)?;
    let programme = programmes::find(cx, origin.programme)?;
    let session = CallSession {
        id: CallSessionId::new(),
        programme_id: origin.programme,
        patient_id: origin.patient,
        referral_id: origin.referral,
        course_id: origin.course,
        supporter_id: supporter,
        kind: origin.kind,
        state: CallSessionState::Planned,
        planned_at: contact.planned_at,
        planned_minutes: contact.planned_minutes,
        time_zone: programme.policy.calendar.time_zone,
        attempts: 0,
        last_attempt_at: None,
        reached_at: None,
        completed_at: None,
        actual_minutes: None,
        agenda: Vec::new(),
        topics: Vec::new(),
        note: None,
        suitability: None,
        not_suitable: None,
        cancelled: None,
        version: 1,
        created_at: cx.now,
        updated_at: cx.now,
    };
    store::insert(cx, &session)?;
    cx.emit(&event("callSession.planned", &session))?;
    Ok(session)
}

/// A member of staff who can be given talks and courses.
pub fn active_supporter(cx: &mut Cx<'_>, id: StaffId, pointer: &str) -> Result<StaffId> {
    let staff = staff::find(cx, id).map_err(|error| error.referred(pointer))?;
    if staff.active {
        Ok(staff.id)
    } else {
        Err(Error::field(
            pointer,
            "inactive",
            "is no active member of staff",
        ))
    }
}

/// Moves or changes a planned talk.
pub fn change(
    cx: &mut Cx<'_>,
    id: CallSessionId,
    change: &CallSessionChange,
) -> Result<CallSession> {
    let mut session = store::find(cx, id)?;
    cx.request.expect_version(session.version)?;
    session.state = rules::step(session.state, Step::Change)?;
    if let Some(at) = change.planned_at {
        rules::check_planned("/plannedAt", cx.now, at)
            .map_err(|error| Error::invalid(vec![error]))?;
        if session.kind == CallSessionKind::FollowUp {
            not_into_a_rest(cx, &session, at)?;
        }
        session.planned_at = at;
    }
    if let Some(minutes) = change.planned_minutes {
        session.planned_minutes = minutes;
    }
    if let Some(supporter) = change.supporter_id {
        session.supporter_id = active_supporter(cx, supporter, "/supporterId")?;
    }
    store::save(cx, &mut session)?;
    cx.emit(&event("callSession.changed", &session))?;
    Ok(session)
}

/// A talk that was held, with what it led to.
#[derive(Debug)]
pub struct Held {
    /// The talk.
    pub session: CallSession,
    /// The course that the decision opened.
    pub opened: Option<CourseId>,
    /// The next talk that was planned.
    pub next: Option<CallSession>,
}

/// Completes a talk. In a first conversation the decision is carried out in the same transaction:
/// the course is opened, or the referral ends as not suitable (APS-5).
pub fn complete(cx: &mut Cx<'_>, id: CallSessionId, done: &CallCompletion) -> Result<Held> {
    let mut session = store::find(cx, id)?;
    cx.request.heed_version(session.version)?;
    session.state = rules::step(session.state, Step::Complete)?;
    check_completion(cx, &session, done)?;
    rules::reached_first(session.kind, session.reached_at.is_some())?;
    session.completed_at = Some(done.completed_at.unwrap_or(cx.now));
    session.actual_minutes = Some(done.actual_minutes);
    session.agenda.clone_from(&done.agenda);
    session.topics.clone_from(&done.topics);
    session.note.clone_from(&done.note);
    let decision = done.suitability.as_ref();
    let answers = decision
        .map(|decision| decision.criteria.as_slice())
        .unwrap_or_default();
    let mut course = None;
    if let Some(enrol) = decision.and_then(|decision| decision.enrol.as_ref()) {
        let opened = enrol_patient(cx, &session, enrol, answers)?;
        session.suitability = Some(SuitabilityDecision::Enrol);
        session.course_id = Some(opened.id);
        course = Some(opened);
    }
    if let Some(not) = decision.and_then(|decision| decision.not_suitable.as_ref()) {
        session.suitability = Some(SuitabilityDecision::NotSuitable);
        session.not_suitable = Some(not.clone());
        referrals::mark_not_suitable(
            cx,
            session.referral_id,
            not.reason.as_str(),
            not.note.as_ref(),
            not.better_offer.as_ref(),
            answers,
        )?;
    }
    store::save(cx, &mut session)?;
    cx.emit(&event("callSession.completed", &session))?;
    let opened = course.as_ref().map(|course| course.id);
    let next = match &done.next_contact {
        Some(contact) => {
            let course = match course {
                Some(course) => course,
                None => running_course(cx, &session)?,
            };
            Some(plan_follow_up(cx, &course, contact, None)?)
        }
        None => None,
    };
    Ok(Held {
        session,
        opened,
        next,
    })
}

fn check_completion(cx: &mut Cx<'_>, session: &CallSession, done: &CallCompletion) -> Result<()> {
    let mut wrong = rules::check_decision(
        session.kind,
        done.suitability
            .as_ref()
            .is_some_and(|decision| decision.enrol.is_some()),
        done.suitability.is_some(),
        done.next_contact.is_some(),
    );
    if let Some(at) = done.completed_at {
        wrong.extend(rules::check_happened("/completedAt", cx.now, session.created_at, at).err());
        if session.reached_at.is_some_and(|reached| at < reached) {
            wrong.push(FieldError::new(
                "/completedAt",
                "beforeReached",
                "lies before the patient was reached",
            ));
        }
    }
    if let Some(decision) = &done.suitability
        && !decision.criteria.is_empty()
    {
        let programme = programmes::find(cx, session.programme_id)?;
        wrong.extend(
            referrals::check_answers(&programme.policy, &decision.criteria)
                .into_iter()
                .map(|mut error| {
                    error.pointer.insert_str(0, "/suitability");
                    error
                }),
        );
    }
    if let Some(next) = &done.next_contact {
        wrong.extend(rules::check_planned("/nextContact/plannedAt", cx.now, next.planned_at).err());
    }
    if !done.topics.is_empty() {
        let programme = programmes::find(cx, session.programme_id)?;
        wrong.extend(rules::check_topics(&done.topics, &programme.policy.topics));
    }
    Error::unless_empty(wrong)
}

fn enrol_patient(
    cx: &mut Cx<'_>,
    session: &CallSession,
    enrol: &Enrolment,
    answers: &[CriterionAnswer],
) -> Result<Course> {
    let pointer = "/suitability/enrol/supporterId";
    let supporter = enrol.supporter_id.unwrap_or(session.supporter_id);
    let supporter = active_supporter(cx, supporter, pointer)?;
    let course = courses::open(
        cx,
        NewCourse {
            programme_id: session.programme_id,
            patient_id: session.patient_id,
            referral_id: session.referral_id,
            supporter_id: supporter,
            treatment_responsible: enrol.treatment_responsible.clone(),
            opened_at: session.completed_at.unwrap_or(cx.now),
        },
    )
    .map_err(|error| error.below("/suitability/enrol"))?;
    referrals::mark_enrolled(cx, session.referral_id, answers)?;
    Ok(course)
}

/// The course of a follow-up, which must be active to have a talk planned.
fn running_course(cx: &mut Cx<'_>, session: &CallSession) -> Result<Course> {
    active(course_of(cx, session)?)
}

fn course_of(cx: &mut Cx<'_>, session: &CallSession) -> Result<Course> {
    let id = session
        .course_id
        .ok_or_else(|| Error::internal("a follow-up without a course"))?;
    courses::find(cx, id)
}

/// While a course rests no talk is planned, and none is moved; one that is planned for afterwards may be
/// moved as long as it stays there.
fn not_into_a_rest(cx: &mut Cx<'_>, session: &CallSession, at: Instant) -> Result<()> {
    let course = course_of(cx, session)?;
    if course.rests_at(at)? {
        return Err(Error::conflict(
            "The course rests then: move the talk to a time behind the pause, or let the course go on first.",
        ));
    }
    Ok(())
}

fn active(course: Course) -> Result<Course> {
    if course.state == CourseState::Active {
        Ok(course)
    } else {
        Err(Error::state(
            "A talk is planned in an active course.",
            course.state,
            courses::allowed(course.state),
        ))
    }
}
