//! Entering, being offered a time, taking it or passing it on, leaving.

use super::model::{
    NewWaitingListEntry, OfferOutcome, WaitingListEntry, WaitingListEntryId, WaitingListState,
};
use super::offers::{self, Offer};
use super::rules::{self, Step};
use super::store::{self, Row};
use crate::bookings::{self, Asker, BookedRow, BookingId, OfferedHold, Opening, Resolved};
use crate::consents::ConsentId;
use crate::platform::app::Cx;
use crate::platform::db::Instant;
use crate::platform::error::{Error, Result};
use crate::platform::id::Id;
use crate::programmes::{self, ProgrammeId};
use crate::timetable::{self, Search, SlotId, TimeTypeId};

/// How many who wait are tried for one freed time, and how many times at first for one who waits.
const TRIED: i64 = 50;

/// Puts somebody on the waiting list (HF-6).
pub fn enter(cx: &mut Cx<'_>, new: &NewWaitingListEntry) -> Result<WaitingListEntry> {
    let programme =
        programmes::find(cx, new.programme_id).map_err(|error| error.referred("/programmeId"))?;
    if let Some(id) = new.time_type_id {
        let kind = timetable::time_type(cx, id).map_err(|error| error.referred("/timeTypeId"))?;
        if kind.programme_id != programme.id {
            return Err(Error::not_found().referred("/timeTypeId"));
        }
    }
    let now = cx.now;
    if new.not_after.is_some_and(|last| last <= now) {
        return Err(Error::field("/notAfter", "past", "must lie in the future"));
    }
    let with_volunteer = timetable::has_volunteers(cx, programme.id)?;
    let resolved = bookings::resolve(cx, &new.details, &programme, with_volunteer)
        .map_err(|error| error.below("/details"))?;
    if store::waits(cx, programme.id, new.time_type_id, resolved.patient)?.is_some() {
        cx.touch(resolved.patient);
        return Err(Error::conflict(
            "The person waits already: leave the list first, to wait for something else.",
        ));
    }
    let row = entry(
        cx,
        programme.id,
        new.time_type_id,
        &resolved,
        (new.not_before.unwrap_or(now), new.not_after),
    )?;
    store::insert(cx, &row)?;
    cx.touch(row.patient_id);
    store::shown(cx, row)
}

fn entry(
    cx: &Cx<'_>,
    programme_id: ProgrammeId,
    time_type_id: Option<TimeTypeId>,
    resolved: &Resolved,
    (not_before, not_after): (Instant, Option<Instant>),
) -> Result<Row> {
    let mut row = Row {
        id: WaitingListEntryId::new(),
        controller_id: cx.scope().controller,
        programme_id,
        time_type_id,
        patient_id: resolved.patient,
        consent_id: resolved.consent,
        booking_id: None,
        booker: resolved.booker,
        phase: resolved.phase,
        not_before,
        not_after,
        state: WaitingListState::Waiting,
        made_by: Id::from_uuid(cx.actor.id),
        content: Vec::new(),
        version: 1,
        created_at: cx.now,
        updated_at: cx.now,
    };
    row.seal(cx, &resolved.content)?;
    Ok(row)
}

/// Puts the person of a booking on the list whose supporter is away. None where the booking has
/// no person yet. Whoever made the booking sees the entry.
pub fn enter_released(cx: &mut Cx<'_>, booking: &BookedRow) -> Result<Option<WaitingListEntryId>> {
    let Some(resolved) = &booking.resolved else {
        return Ok(None);
    };
    let kind = Some(booking.time_type_id);
    if let Some(known) = store::waits(cx, booking.programme_id, kind, resolved.patient)? {
        return Ok(Some(known.id));
    }
    let mut row = entry(cx, booking.programme_id, kind, resolved, (cx.now, None))?;
    row.booking_id = Some(booking.id);
    row.made_by = booking.made_by;
    store::insert(cx, &row)?;
    Ok(Some(row.id))
}

/// Takes the time that was offered.
pub fn accept(cx: &mut Cx<'_>, id: WaitingListEntryId) -> Result<WaitingListEntry> {
    let (mut row, offer) = offered(cx, id, Step::Accept)?;
    bookings::accept_offer(cx, offer.booking_id)?;
    offers::close_offer(cx, &offer, OfferOutcome::Accepted)?;
    row.state = WaitingListState::Booked;
    row.booking_id = Some(offer.booking_id);
    store::save(cx, &mut row, "waitingListEntry.booked")?;
    store::shown(cx, row)
}

/// Does not take the time that was offered, and waits for another one.
pub fn pass(cx: &mut Cx<'_>, id: WaitingListEntryId) -> Result<WaitingListEntry> {
    let (mut row, offer) = offered(cx, id, Step::Pass)?;
    bookings::pass_offer(cx, offer.booking_id)?;
    offers::close_offer(cx, &offer, OfferOutcome::Passed)?;
    row.state = WaitingListState::Waiting;
    store::save(cx, &mut row, "waitingListEntry.passed")?;
    offer_freed(cx, offer.slot_id)?;
    store::shown(cx, row)
}

/// An entry with the offer that waits for an answer.
fn offered(cx: &mut Cx<'_>, id: WaitingListEntryId, step: Step) -> Result<(Row, Offer)> {
    let row = store::find_row(cx, id)?;
    let offer = offers::open_offer(cx, id)?;
    let now = cx.now;
    let current = offer.filter(|offer| now < offer.expires_at);
    let state = row.state_at(now, current.is_some());
    rules::check(state, current.is_some(), step)?;
    current
        .map(|offer| (row, offer))
        .ok_or_else(|| Error::internal("an offer without an offer"))
}

/// Takes somebody off the list.
pub fn leave(cx: &mut Cx<'_>, id: WaitingListEntryId) -> Result<WaitingListEntry> {
    let mut row = store::find_row(cx, id)?;
    rules::check(row.state, false, Step::Leave)?;
    let freed = take_off(cx, &mut row)?;
    if let Some(slot) = freed {
        offer_freed(cx, slot)?;
    }
    store::shown(cx, row)
}

fn take_off(cx: &mut Cx<'_>, row: &mut Row) -> Result<Option<SlotId>> {
    let open = offers::open_offer(cx, row.id)?;
    if let Some(offer) = &open {
        bookings::pass_offer(cx, offer.booking_id)?;
        offers::close_offer(cx, offer, OfferOutcome::Passed)?;
    }
    row.state = WaitingListState::Left;
    store::save(cx, row, "waitingListEntry.left")?;
    Ok(open.map(|offer| offer.slot_id))
}

/// Takes off the list whoever stands on a consent that was withdrawn, and says whom.
pub fn leave_for_consent(cx: &mut Cx<'_>, consent: ConsentId) -> Result<Vec<WaitingListEntryId>> {
    let mut ended = Vec::new();
    for mut row in store::standing_on(cx, consent)? {
        cx.touch(row.patient_id);
        let freed = take_off(cx, &mut row)?;
        if let Some(slot) = freed {
            offer_freed(cx, slot)?;
        }
        ended.push(row.id);
    }
    Ok(ended)
}

/// The hold of an offer has ended without an answer: the person waits on.
pub fn offer_expired(cx: &mut Cx<'_>, booking: BookingId) -> Result<()> {
    if let Some((offer, mut row)) = offers::offer_of(cx, booking)? {
        offers::close_offer(cx, &offer, OfferOutcome::Expired)?;
        if row.state == WaitingListState::Offered {
            row.state = WaitingListState::Waiting;
            store::save(cx, &mut row, "waitingListEntry.offerExpired")?;
        }
    }
    Ok(())
}

/// Offers a time that has become free to the first who waits for one like it. What follows for
/// others is done by the service: the actor learns nothing of it. Of many who wait the first are
/// tried here; the others are served by [`offer_any`].
pub fn offer_freed(cx: &mut Cx<'_>, slot: SlotId) -> Result<()> {
    cx.as_service(|cx| offer_to_first(cx, slot))?;
    Ok(())
}

fn offer_to_first(cx: &mut Cx<'_>, slot: SlotId) -> Result<Option<()>> {
    let slot = timetable::slot(cx, slot)?;
    if !slot.is_open() || slot.starts_at <= cx.now {
        return Ok(None);
    }
    let candidates = store::candidates(cx, &slot, TRIED)?;
    if candidates.is_empty() {
        return Ok(None);
    }
    let programme = programmes::find_of_controller(cx, slot.programme_id)?;
    let Some(opening) = Opening::of(cx, &programme, &slot)? else {
        return Ok(None);
    };
    for row in candidates {
        // Each for itself: who is only considered leaves no trace.
        let offered = cx.as_service(|cx| {
            if offers::was_offered(cx, row.patient_id, slot.id)?
                || offers::is_offered(cx, row.patient_id, row.programme_id)?
            {
                return Ok(None);
            }
            let mut asker = Asker::of(cx, &programme, held_for(cx, &row)?)?;
            offer(cx, row, &opening, &mut asker)
        })?;
        if offered.is_some() {
            return Ok(Some(()));
        }
    }
    Ok(None)
}

fn held_for(cx: &Cx<'_>, row: &Row) -> Result<OfferedHold> {
    Ok(OfferedHold {
        patient: row.patient_id,
        booker: row.booker,
        phase: row.phase,
        content: row.open(cx)?,
        made_by: row.made_by,
    })
}

/// Keeps a time for somebody who waits. None where it is not one for this person.
fn offer(
    cx: &mut Cx<'_>,
    mut row: Row,
    opening: &Opening<'_>,
    asker: &mut Asker,
) -> Result<Option<()>> {
    let Some((booking_id, expires_at)) = bookings::hold_for(cx, opening, asker)? else {
        return Ok(None);
    };
    cx.touch(row.patient_id);
    // One that has run out, and nobody has noticed.
    if let Some(before) = offers::open_offer(cx, row.id)? {
        offers::close_offer(cx, &before, OfferOutcome::Expired)?;
    }
    let offer = Offer {
        entry_id: row.id,
        slot_id: opening.slot_id(),
        booking_id,
        outcome: OfferOutcome::Open,
        offered_at: cx.now,
        expires_at,
    };
    offers::insert_offer(cx, &offer)?;
    row.state = WaitingListState::Offered;
    store::save(cx, &mut row, "waitingListEntry.offered")?;
    Ok(Some(()))
}

/// Offers the first free time that fits to somebody who waits: times that were made since, and
/// those that others have let go. For [`crate::upkeep`].
pub fn offer_any(cx: &mut Cx<'_>, id: WaitingListEntryId) -> Result<bool> {
    let row = store::find_row(cx, id)?;
    if row.state_at(cx.now, false) != WaitingListState::Waiting
        || offers::is_offered(cx, row.patient_id, row.programme_id)?
    {
        return Ok(false);
    }
    let search = Search {
        time_type_id: row.time_type_id,
        from: Some(row.not_before),
        to: row
            .not_after
            .map(|last| last + chrono::Duration::microseconds(1)),
        ..Search::of(row.programme_id)
    };
    let programme = programmes::find_of_controller(cx, row.programme_id)?;
    let mut asker = Asker::of(cx, &programme, held_for(cx, &row)?)?;
    let before = offers::offered_to(cx, row.patient_id)?;
    let mut after = None;
    // Few at first: most are served by one of the first times.
    let mut together = TRIED;
    loop {
        let times = timetable::search(cx, &search, after, together)?;
        for free in &times {
            after = Some(free.position());
            if before.contains(&free.id) {
                continue;
            }
            let slot = timetable::slot(cx, free.id)?;
            let Some(opening) = Opening::of(cx, &programme, &slot)? else {
                continue;
            };
            if offer(cx, row.clone(), &opening, &mut asker)?.is_some() {
                return Ok(true);
            }
        }
        if i64::try_from(times.len()).is_ok_and(|count| count <= together) {
            return Ok(false);
        }
        together = (together * 4).min(2_000);
    }
}

/// Takes somebody off the list whose last possible day has passed. For [`crate::upkeep`].
pub fn lapse(cx: &mut Cx<'_>, id: WaitingListEntryId) -> Result<bool> {
    let mut row = store::find_row(cx, id)?;
    let now = cx.now;
    let open = offers::open_offer(cx, id)?.filter(|offer| now < offer.expires_at);
    let lapsed = row.state_at(now, open.is_some()) == WaitingListState::Left;
    if !lapsed || row.state == WaitingListState::Left {
        return Ok(false);
    }
    if let Some(slot) = take_off(cx, &mut row)? {
        offer_freed(cx, slot)?;
    }
    Ok(true)
}

/// One entry that the actor sees.
pub fn find(cx: &mut Cx<'_>, id: WaitingListEntryId) -> Result<WaitingListEntry> {
    let row = store::find_row(cx, id)?;
    store::shown(cx, row)
}
