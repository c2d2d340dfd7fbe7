//! The steps of a volunteer's life (HF-2): onboarding, activation, leave, return, departure.

use super::model::{Departure, Leave, Volunteer, VolunteerId, VolunteerState};
use super::onboarding::{self, Counted, HeldStep};
use super::onboarding_store;
use super::register::event;
use super::requests::{NewDeparture, NewHeldStep, NewLeave};
use super::rules::{self, Step};
use super::store::{self, Person};
use crate::bookings::{self, Released};
use crate::calendar::start_of_day;
use crate::organisations;
use crate::platform::app::Cx;
use crate::platform::db::Instant;
use crate::platform::error::{Error, FieldError, Result};
use crate::platform::id::Id;
use crate::programmes::{self, OnboardingKind, ProgrammeId};
use crate::timetable;
use crate::wards::{self, WardShiftId};

fn counted(held: &[HeldStep]) -> Vec<Counted<'_>> {
    held.iter().map(Into::into).collect()
}

/// Records that a step was held, in the programme's order. Where the onboarding of an active
/// volunteer holds no longer by that, bookings and shifts from then on go to others, as for a leave.
pub fn record(cx: &mut Cx<'_>, id: VolunteerId, new: &NewHeldStep) -> Result<Volunteer> {
    let mut row = store::find_row(cx, id)?;
    cx.request.heed_version(row.version)?;
    let programme = programmes::find(cx, row.programme_id)?;
    let policy = &programme.policy.onboarding;
    let today = store::today(cx, &programme.policy)?;
    let state = rules::step(row.standing().on(today), Step::Record)?;
    let held_on = new.held_on.unwrap_or(today);
    if held_on > today {
        return Err(Error::field(
            "/heldOn",
            "inFuture",
            "must not be in the future",
        ));
    }
    let mut held = onboarding_store::of_one(cx, id)?;
    let (step, expires_on) = onboarding::check_order(policy, &counted(&held), &new.step, held_on)?;
    check_trial_shift(cx, step.kind, row.programme_id, id, new)?;
    let one = HeldStep {
        id: Id::new(),
        step: new.step.clone(),
        outcome: new.outcome,
        held_on,
        expires_on: expires_on.filter(|_| new.outcome == onboarding::StepOutcome::Passed),
        ward_id: new.ward_id,
        beside_id: new.beside_id,
        note: new.note.clone(),
        recorded_at: cx.now,
    };
    onboarding_store::append(cx, id, &one)?;
    held.push(one);
    let before = row.qualified_until;
    // Leave is no stored state.
    if state == VolunteerState::Onboarding {
        row.state = state;
    } else {
        row.qualified_until = onboarding::qualified_until(policy, &counted(&held));
    }
    let person = row.open(cx.keys)?;
    store::save(cx, &mut row, &person)?;
    cx.emit(&event("volunteer.onboardingStepHeld", &row))?;
    if let Some(day) = rules::lost_from(before, row.qualified_until) {
        let zone = programme.policy.time_zone()?;
        let from = Instant::from(start_of_day(day, zone)).max(cx.now);
        bookings::release_bookings(cx, id, from, None)?;
        wards::release_volunteer(cx, id, from, None)?;
    }
    store::shown(cx, &programme, row)
}

/// What is named of a trial shift and must be, or is named of something else and must not be.
/// `beside`: there is somebody to walk beside.
fn check_given(id: VolunteerId, new: &NewHeldStep, trial: bool, beside: bool) -> Vec<FieldError> {
    let mut wrong = Vec::new();
    let mut must = |holds: bool, pointer: &str, code, detail: &str| {
        if !holds {
            wrong.push(FieldError::new(pointer, code, detail));
        }
    };
    must(
        !trial || new.ward_id.is_some(),
        "/wardId",
        "required",
        "is required of a trial shift",
    );
    must(
        !beside || new.beside_id.is_some(),
        "/besideId",
        "required",
        "is required of a trial shift: an experienced volunteer of the programme",
    );
    for (pointer, given) in [
        ("/wardId", new.ward_id.is_some()),
        ("/besideId", new.beside_id.is_some()),
    ] {
        must(
            trial || !given,
            pointer,
            "trialShiftOnly",
            "is for trial shifts only",
        );
    }
    if new.beside_id == Some(id) {
        wrong.push(FieldError::new(
            "/besideId",
            "self",
            "must be another volunteer",
        ));
    }
    wrong
}

/// A trial shift is on a ward, beside an experienced volunteer (HF-2); nothing else is. The first
/// volunteers of a programme have nobody to walk beside.
fn check_trial_shift(
    cx: &mut Cx<'_>,
    kind: OnboardingKind,
    programme: ProgrammeId,
    id: VolunteerId,
    new: &NewHeldStep,
) -> Result<()> {
    let trial = kind == OnboardingKind::TrialShift;
    let beside = trial && store::has_experienced(cx, programme)?;
    let wrong = check_given(id, new, trial, beside);
    Error::unless_empty(wrong)?;
    if let Some(ward) = new.ward_id {
        organisations::find_ward(cx, ward, "/wardId")?;
    }
    if let Some(beside) = new.beside_id {
        let other = store::find_row(cx, beside).map_err(|error| error.referred("/besideId"))?;
        if other.programme_id != programme {
            let detail = "is a volunteer of another programme";
            return Err(Error::field("/besideId", "otherProgramme", detail));
        }
        if other.activated_on.is_none() {
            return Err(Error::field(
                "/besideId",
                "notExperienced",
                "has never been active",
            ));
        }
    }
    Ok(())
}

/// Makes a volunteer active, once every step is fulfilled.
pub fn activate(cx: &mut Cx<'_>, id: VolunteerId) -> Result<Volunteer> {
    let mut row = store::find_row(cx, id)?;
    cx.request.heed_version(row.version)?;
    let programme = programmes::find(cx, row.programme_id)?;
    let policy = &programme.policy.onboarding;
    let today = store::today(cx, &programme.policy)?;
    let state = rules::step(row.standing().on(today), Step::Activate)?;
    let held = onboarding_store::of_one(cx, id)?;
    let counted = counted(&held);
    let progress = onboarding::progress(policy, &counted, today);
    if let Some(next) = &progress.next_step {
        return Err(Error::state(
            "Every step of the onboarding must be fulfilled first (HF-2).",
            next.as_str(),
            [next.as_str()],
        ));
    }
    row.state = state;
    row.activated_on = row.activated_on.or(Some(today));
    row.qualified_until = onboarding::qualified_until(policy, &counted);
    let person = row.open(cx.keys)?;
    store::save(cx, &mut row, &person)?;
    cx.emit(&event("volunteer.activated", &row))?;
    store::shown(cx, &programme, row)
}

/// A volunteer who has gone, and what that has freed.
#[derive(Debug)]
pub struct Gone {
    /// The volunteer as it is now.
    pub volunteer: Volunteer,
    /// What became of the bookings.
    pub released: Vec<Released>,
    /// The ward shifts that lost the volunteer.
    pub shifts: Vec<WardShiftId>,
}

/// A volunteer goes on leave, from today or from a later day on. Times in it are freed, and each
/// booking goes to somebody else or to the waiting list, in the same transaction.
pub fn take_leave(cx: &mut Cx<'_>, id: VolunteerId, new: &NewLeave) -> Result<Gone> {
    let mut row = store::find_row(cx, id)?;
    cx.request.heed_version(row.version)?;
    let programme = programmes::find(cx, row.programme_id)?;
    let tz = programme.policy.time_zone()?;
    let today = store::today(cx, &programme.policy)?;
    rules::step(row.standing().on(today), Step::TakeLeave)?;
    let from = new.from.unwrap_or(today);
    let mut wrong = Vec::new();
    if from < today {
        wrong.push(FieldError::new(
            "/from",
            "inPast",
            "must not be in the past",
        ));
    }
    if new.until.is_some_and(|until| until <= from) {
        wrong.push(FieldError::new("/until", "order", "must be after from"));
    }
    Error::unless_empty(wrong)?;
    if row.leave_from.is_some() && row.leave_until.is_none_or(|until| until > today) {
        return Err(Error::conflict(
            "A leave is running or planned; end it first, or wait until it is over.",
        ));
    }
    let mut person = row.open(cx.keys)?;
    row.leave_from = Some(from);
    row.leave_until = new.until;
    person.leaves.push(Leave {
        from,
        until: new.until,
        reason: new.reason,
        note: new.note.clone(),
    });
    store::save(cx, &mut row, &person)?;
    cx.emit(&event("volunteer.leaveTaken", &row))?;
    // Behind the change, so that nobody is given to the one who goes.
    let begins = Instant::from(start_of_day(from, tz)).max(cx.now);
    let ends = new.until.map(|day| start_of_day(day, tz).into());
    Ok(Gone {
        released: bookings::release_volunteer(cx, id, begins, ends)?,
        shifts: wards::release_volunteer(cx, id, begins, ends)?,
        volunteer: store::shown(cx, &programme, row)?,
    })
}

/// A volunteer is back from today on, or does not go on a leave that was planned. Bookings that
/// went to others stay there.
pub fn come_back(cx: &mut Cx<'_>, id: VolunteerId) -> Result<Volunteer> {
    let mut row = store::find_row(cx, id)?;
    cx.request.heed_version(row.version)?;
    let programme = programmes::find(cx, row.programme_id)?;
    let today = store::today(cx, &programme.policy)?;
    let planned = row.leave_from.is_some_and(|from| from > today);
    if !planned {
        rules::step(row.standing().on(today), Step::Return)?;
    }
    let mut person = row.open(cx.keys)?;
    if let Some(leave) = person.leaves.last_mut() {
        leave.until = Some(today);
    }
    // A leave that ends on its first day was none.
    person
        .leaves
        .retain(|leave| leave.until.is_none_or(|until| until > leave.from));
    row.leave_from = None;
    row.leave_until = None;
    store::save(cx, &mut row, &person)?;
    cx.emit(&event("volunteer.returned", &row))?;
    let now = cx.now;
    timetable::reopen_volunteer(cx, id, now)?;
    store::shown(cx, &programme, row)
}

/// A volunteer leaves for good. Name, contact, experience and everything else personal go; whom
/// the volunteer supported, since when and until when stay for the figures (HF-7). Bookings go to
/// somebody else or to the waiting list, and the time book is closed and says nothing of the
/// volunteer any more, in the same transaction.
pub fn depart(cx: &mut Cx<'_>, id: VolunteerId, new: &NewDeparture) -> Result<Gone> {
    let mut row = store::find_row(cx, id)?;
    cx.request.heed_version(row.version)?;
    let programme = programmes::find(cx, row.programme_id)?;
    let today = store::today(cx, &programme.policy)?;
    row.state = rules::step(row.standing().on(today), Step::Depart)?;
    row.departed_on = Some(today);
    row.published = false;
    row.capacity_per_week = 0;
    row.leave_from = None;
    row.leave_until = None;
    let person = Person {
        departure: Some(Departure {
            on: today,
            reason: new.reason,
        }),
        ..Person::default()
    };
    store::save(cx, &mut row, &person)?;
    store::set_wards(cx, id, &[])?;
    onboarding_store::forget_notes(cx, id)?;
    cx.emit(&event("volunteer.departed", &row))?;
    let now = cx.now;
    let released = bookings::release_volunteer(cx, id, now, None)?;
    timetable::close_for_good(cx, id)?;
    Ok(Gone {
        released,
        shifts: wards::release_volunteer(cx, id, now, None)?,
        volunteer: store::shown(cx, &programme, row)?,
    })
}
