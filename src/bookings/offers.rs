//! Times that are held for somebody on the waiting list: an ordinary hold, with the person and the
//! consent known beforehand.

use chrono::Duration;

use super::model::{BookedBy, Booker, BookingCancellationReason, BookingId, BookingState, Content};
use super::person;
use super::queries;
use super::rules::Step;
use super::steps::{self, check_supporter, end, settle, take_seat};
use super::store::{self, Row, event};
use crate::matches::{self, Gate, Need};
use crate::patients::{self, PatientId};
use crate::platform::app::Cx;
use crate::platform::db::Instant;
use crate::platform::error::{ProblemCode, Result};
use crate::platform::id::Id;
use crate::programmes;
use crate::timetable::{self, SlotRow};
use crate::volunteers::{IllnessPhase, VolunteerSubtype};

/// For whom a time is held.
#[derive(Debug, Clone)]
pub struct OfferedHold {
    /// The person.
    pub patient: PatientId,
    /// Patient or relative.
    pub booker: Booker,
    /// Before, during or after illness.
    pub phase: Option<IllnessPhase>,
    /// What is sealed.
    pub content: Content,
    /// Whose booking it is: the actor who made the entry.
    pub made_by: Id<()>,
}

/// Holds a time for somebody who waits. None where it is not free, comes too soon, the supporter
/// cannot or does not fit, the web does not show it, or no consent covers it: then it is for
/// somebody else.
pub fn hold_for(
    cx: &mut Cx<'_>,
    slot: &SlotRow,
    offered: &OfferedHold,
) -> Result<Option<(BookingId, Instant)>> {
    let programme = programmes::find_of_controller(cx, slot.programme_id)?;
    let kind = timetable::time_type(cx, slot.time_type_id)?;
    let lead = Duration::minutes(i64::from(kind.book_before_minutes));
    let wish = cx.now + Duration::minutes(i64::from(programme.policy.booking.offer_minutes));
    // An answer must come while the time can still be booked.
    let until = wish.min(slot.starts_at + -lead);
    let seen = offered.content.by_staff || slot.is_web_visible(&kind);
    if until <= cx.now || !slot.is_open() || !kind.active || !seen {
        return Ok(None);
    }
    let with_volunteer = slot.volunteer_id.is_some();
    let covered = person::still_covers(cx, offered.patient, &programme, with_volunteer)?;
    let Some(consent) = covered else {
        return Ok(None);
    };
    if !fits(cx, slot, offered)? {
        return Ok(None);
    }
    match check_supporter(cx, slot, &programme, None) {
        Ok(()) => {}
        Err(error) => {
            return match error.code() {
                ProblemCode::Internal | ProblemCode::Unavailable => Err(error),
                _ => Ok(None),
            };
        }
    }
    let taken = queries::seats(cx, slot.id)?;
    if super::rules::choose_seat(slot.seats, &taken).is_err() {
        return Ok(None);
    }
    let seat = take_seat(cx, slot)?;
    let mut row = Row::held(cx, slot, seat, until)?;
    row.patient_id = Some(offered.patient);
    row.consent_id = Some(consent.id);
    row.booker = Some(offered.booker);
    row.phase = offered.phase;
    row.booked_by = BookedBy::WaitingList;
    row.made_by = offered.made_by;
    row.seal(cx, &offered.content)?;
    store::insert(cx, &row)?;
    cx.emit(&event("booking.held", &row))?;
    Ok(Some((row.id, until)))
}

/// Whether the supporter is one for this person by the gates of matching (HF-5): nobody has chosen
/// the two for each other.
fn fits(cx: &mut Cx<'_>, slot: &SlotRow, offered: &OfferedHold) -> Result<bool> {
    let Some(volunteer) = slot.volunteer_id else {
        return Ok(true);
    };
    let language = patients::find(cx, offered.patient)?.language;
    let mut need = Need::of(slot.programme_id);
    need.subtypes = match offered.booker {
        Booker::Patient => vec![VolunteerSubtype::PatientSupporter],
        Booker::Relative => vec![
            VolunteerSubtype::RelativeSupporter,
            VolunteerSubtype::ParentSupporter,
        ],
    };
    need.languages = language.into_iter().map(Into::into).collect();
    need.phase = offered.phase;
    need.patient_id = Some(offered.patient);
    need.from = Some(slot.starts_at);
    Ok(!matches::is_stopped(cx, &need, volunteer, Gate::OFFER)?)
}

/// Books the time that was offered, if it is still agreed to.
pub fn accept_offer(cx: &mut Cx<'_>, id: BookingId) -> Result<()> {
    let mut row = store::find_any(cx, id)?;
    row.standing().check(Step::Confirm, cx.now)?;
    let slot = timetable::slot(cx, row.slot_id)?;
    let programme = programmes::find_of_controller(cx, row.programme_id)?;
    if let Some(patient) = row.patient_id {
        let with_volunteer = slot.volunteer_id.is_some();
        let consent = person::require_covered(cx, patient, &programme, with_volunteer)?;
        row.consent_id = Some(consent);
        steps::check_conflict(cx, &slot, patient)?;
    }
    steps::check_supporter(cx, &slot, &programme, Some(row.id))?;
    settle(cx, &mut row)
}

/// Gives the time that was offered back.
pub fn pass_offer(cx: &mut Cx<'_>, id: BookingId) -> Result<()> {
    let mut row = store::find_any(cx, id)?;
    if row.state == BookingState::Held {
        end(cx, &mut row, BookingCancellationReason::OfferPassed, None)?;
    }
    Ok(())
}
