//! Times that are held for somebody on the waiting list: an ordinary hold, with the person and the
//! consent known beforehand.

use chrono::Duration;

use super::fit::{check_fit, need_of};
use super::model::{BookedBy, Booker, BookingCancellationReason, BookingId, BookingState, Content};
use super::person;
use super::queries;
use super::rules::Step;
use super::steps::{end, settle, take_seat};
use super::store::{self, Row, event};
use super::supporters::{can_take, check_supporter};
use crate::consents::ConsentId;
use crate::matches::{Gate, Gatekeeper};
use crate::patients::PatientId;
use crate::platform::app::Cx;
use crate::platform::db::Instant;
use crate::platform::error::Result;
use crate::platform::id::Id;
use crate::programmes::{self, Programme};
use crate::timetable::{self, SlotId, SlotRow};
use crate::volunteers::IllnessPhase;

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

/// A time that can be kept for somebody: what does not depend on whom.
#[derive(Debug)]
pub struct Opening<'s> {
    slot: &'s SlotRow,
    web_visible: bool,
    /// By when it must be answered.
    until: Instant,
}

impl<'s> Opening<'s> {
    /// None where the time is not free, comes too soon, or its supporter cannot.
    pub fn of(cx: &mut Cx<'_>, programme: &Programme, slot: &'s SlotRow) -> Result<Option<Self>> {
        let kind = timetable::time_type(cx, slot.time_type_id)?;
        let lead = Duration::minutes(i64::from(kind.book_before_minutes));
        let wish = cx.now + Duration::minutes(i64::from(programme.policy.booking.offer_minutes));
        // An answer must come while the time can still be booked.
        let until = wish.min(slot.starts_at + -lead);
        if until <= cx.now || !slot.is_open() || !kind.active {
            return Ok(None);
        }
        let taken = queries::seats(cx, slot.id)?;
        if super::rules::choose_seat(slot.seats, &taken).is_err()
            || !can_take(cx, slot, programme, None)?
        {
            return Ok(None);
        }
        Ok(Some(Self {
            slot,
            web_visible: slot.is_web_visible(&kind),
            until,
        }))
    }

    /// Which time it is.
    #[must_use]
    pub fn slot_id(&self) -> SlotId {
        self.slot.id
    }
}

/// Somebody who waits: what does not depend on the time.
#[derive(Debug)]
pub struct Asker {
    hold: OfferedHold,
    gate: Gatekeeper,
    /// The consent to a talk with a volunteer, and to another one.
    consents: [Option<ConsentId>; 2],
}

impl Asker {
    /// The one whom a time would be held for.
    pub fn of(cx: &mut Cx<'_>, programme: &Programme, hold: OfferedHold) -> Result<Self> {
        let mut covered = |with_volunteer| -> Result<Option<ConsentId>> {
            let consent = person::still_covers(cx, hold.patient, programme, with_volunteer)?;
            Ok(consent.map(|consent| consent.id))
        };
        let consents = [covered(true)?, covered(false)?];
        let need = need_of(
            cx,
            programme.id,
            hold.patient,
            hold.booker,
            hold.phase,
            &hold.content,
        )?;
        Ok(Self {
            gate: Gatekeeper::of(cx, programme, need)?,
            hold,
            consents,
        })
    }

    /// Whether a time is one for this person: a consent covers it, the web shows it where the
    /// person came by the web, and its supporter fits by the gates of matching (HF-5), as when it
    /// is booked.
    fn fits(&mut self, cx: &mut Cx<'_>, opening: &Opening<'_>) -> Result<Option<ConsentId>> {
        if !self.hold.content.by_staff && !opening.web_visible {
            return Ok(None);
        }
        let [with_volunteer, without] = self.consents;
        let Some(volunteer) = opening.slot.volunteer_id else {
            return Ok(without);
        };
        let at = opening.slot.starts_at;
        let stopped_by = self.gate.stopped_by(cx, volunteer, at, Gate::FIT)?;
        Ok(with_volunteer.filter(|_| stopped_by.is_none()))
    }
}

/// Holds a time for somebody who waits. None where it is not one for this person: then it is for
/// somebody else.
pub fn hold_for(
    cx: &mut Cx<'_>,
    opening: &Opening<'_>,
    asker: &mut Asker,
) -> Result<Option<(BookingId, Instant)>> {
    let Some(consent) = asker.fits(cx, opening)? else {
        return Ok(None);
    };
    let seat = take_seat(cx, opening.slot)?;
    let hold = &asker.hold;
    let mut row = Row::held(cx, opening.slot, seat, opening.until)?;
    row.patient_id = Some(hold.patient);
    row.consent_id = Some(consent);
    row.booker = Some(hold.booker);
    row.phase = hold.phase;
    row.booked_by = BookedBy::WaitingList;
    row.made_by = hold.made_by;
    row.seal(cx, &hold.content)?;
    store::insert(cx, &row)?;
    cx.emit(&event("booking.held", &row))?;
    Ok(Some((row.id, opening.until)))
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
    }
    check_fit(cx, &programme, &slot, &row)?;
    check_supporter(cx, &slot, &programme, Some(row.id))?;
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
