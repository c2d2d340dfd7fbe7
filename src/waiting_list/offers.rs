//! Offers of the waiting list in storage.

use std::collections::HashSet;

use diesel::prelude::*;

use super::model::{OfferOutcome, WaitingListEntryId};
use super::store::Row;
use crate::bookings::BookingId;
use crate::patients::PatientId;
use crate::platform::app::Cx;
use crate::platform::db::Instant;
use crate::platform::db::schema::{slots, waiting_list_entries, waiting_list_offers};
use crate::platform::error::Result;
use crate::programmes::ProgrammeId;
use crate::timetable::{ScheduleId, SlotId};

/// An offer.
#[derive(Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = waiting_list_offers, treat_none_as_default_value = false)]
pub(super) struct Offer {
    pub entry_id: WaitingListEntryId,
    pub slot_id: SlotId,
    pub booking_id: BookingId,
    pub outcome: OfferOutcome,
    pub offered_at: Instant,
    pub expires_at: Instant,
}

/// Stores an offer.
pub(super) fn insert_offer(cx: &mut Cx<'_>, offer: &Offer) -> Result<()> {
    diesel::insert_into(waiting_list_offers::table)
        .values(offer)
        .execute(cx.conn())?;
    Ok(())
}

/// Says what came of an offer.
pub(super) fn close_offer(cx: &mut Cx<'_>, offer: &Offer, outcome: OfferOutcome) -> Result<()> {
    diesel::update(waiting_list_offers::table.find((offer.entry_id, offer.slot_id)))
        .set(waiting_list_offers::outcome.eq(outcome))
        .execute(cx.conn())?;
    Ok(())
}

/// The offer of an entry that waits for an answer.
pub(super) fn open_offer(cx: &mut Cx<'_>, entry: WaitingListEntryId) -> Result<Option<Offer>> {
    Ok(waiting_list_offers::table
        .filter(waiting_list_offers::entry_id.eq(entry))
        .filter(waiting_list_offers::outcome.eq(OfferOutcome::Open))
        .select(Offer::as_select())
        .first(cx.conn())
        .optional()?)
}

/// The open offer that a hold keeps a time for, and its entry.
pub(super) fn offer_of(cx: &mut Cx<'_>, booking: BookingId) -> Result<Option<(Offer, Row)>> {
    Ok(waiting_list_offers::table
        .inner_join(
            waiting_list_entries::table
                .on(waiting_list_entries::id.eq(waiting_list_offers::entry_id)),
        )
        .filter(waiting_list_offers::booking_id.eq(booking))
        .filter(waiting_list_offers::outcome.eq(OfferOutcome::Open))
        .select((Offer::as_select(), Row::as_select()))
        .first(cx.conn())
        .optional()?)
}

/// Whether a time was offered to a person before.
pub(super) fn was_offered(cx: &mut Cx<'_>, patient: PatientId, slot: SlotId) -> Result<bool> {
    let known: Option<SlotId> = waiting_list_offers::table
        .inner_join(
            waiting_list_entries::table
                .on(waiting_list_entries::id.eq(waiting_list_offers::entry_id)),
        )
        .filter(waiting_list_offers::slot_id.eq(slot))
        .filter(waiting_list_entries::patient_id.eq(patient))
        .select(waiting_list_offers::slot_id)
        .first(cx.conn())
        .optional()?;
    Ok(known.is_some())
}

/// All times that were offered to a person.
pub(super) fn offered_to(cx: &mut Cx<'_>, patient: PatientId) -> Result<HashSet<SlotId>> {
    let known: Vec<SlotId> = waiting_list_offers::table
        .inner_join(
            waiting_list_entries::table
                .on(waiting_list_entries::id.eq(waiting_list_offers::entry_id)),
        )
        .filter(waiting_list_entries::patient_id.eq(patient))
        .select(waiting_list_offers::slot_id)
        .load(cx.conn())?;
    Ok(known.into_iter().collect())
}

/// Whether a time of the programme is kept for a person now, on whichever entry.
pub(super) fn is_offered(
    cx: &mut Cx<'_>,
    patient: PatientId,
    programme: ProgrammeId,
) -> Result<bool> {
    let now = cx.now;
    let open: Option<SlotId> = waiting_list_offers::table
        .inner_join(
            waiting_list_entries::table
                .on(waiting_list_entries::id.eq(waiting_list_offers::entry_id)),
        )
        .filter(waiting_list_entries::patient_id.eq(patient))
        .filter(waiting_list_entries::programme_id.eq(programme))
        .filter(waiting_list_offers::outcome.eq(OfferOutcome::Open))
        .filter(waiting_list_offers::expires_at.gt(now))
        .select(waiting_list_offers::slot_id)
        .first(cx.conn())
        .optional()?;
    Ok(open.is_some())
}

/// The times of a time book from `from` on that were offered to somebody once.
pub fn offered_in(cx: &mut Cx<'_>, schedule: ScheduleId, from: Instant) -> Result<HashSet<SlotId>> {
    let found: Vec<SlotId> = waiting_list_offers::table
        .inner_join(slots::table.on(slots::id.eq(waiting_list_offers::slot_id)))
        .filter(slots::schedule_id.eq(schedule))
        .filter(slots::starts_at.ge(from))
        .select(waiting_list_offers::slot_id)
        .load(cx.conn())?;
    Ok(found.into_iter().collect())
}
