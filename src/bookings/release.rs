//! Bookings that lose their ground: the supporter goes away, or the consent is withdrawn.

use super::fit::need_for;
use super::model::{BookedBy, BookingCancellationReason, BookingId, BookingState, Released};
use super::person::{self, Resolved};
use super::steps::{end, shift, take_seat};
use super::store::{self, Row};
use super::supporters::can_take;
use crate::consents::ConsentId;
use crate::matches;
use crate::patients::PatientId;
use crate::platform::app::Cx;
use crate::platform::db::Instant;
use crate::platform::error::Result;
use crate::platform::id::Id;
use crate::programmes::{self, ProgrammeId};
use crate::timetable::{self, Away, TimeTypeId};
use crate::volunteers::VolunteerId;
use crate::waiting_list;

/// Frees a volunteer's times that begin in `from..until` (without an end: all from `from` on).
/// Each booking in them gets another supporter at the same time where one fits, else it goes to
/// the waiting list (HF-2, HF-6). Says what became of each. All in the caller's transaction.
pub fn release_volunteer(
    cx: &mut Cx<'_>,
    volunteer: VolunteerId,
    from: Instant,
    until: Option<Instant>,
) -> Result<Vec<Released>> {
    let from = from.max(cx.now);
    let released = release_bookings(cx, volunteer, from, until)?;
    timetable::send_away(cx, volunteer, Away { from, until })?;
    Ok(released)
}

/// The same for the bookings alone: the times stay in the time book and are not booked as long as
/// the volunteer may not be (an onboarding that no longer holds).
pub fn release_bookings(
    cx: &mut Cx<'_>,
    volunteer: VolunteerId,
    from: Instant,
    until: Option<Instant>,
) -> Result<Vec<Released>> {
    // What follows for the patients is not the volunteer's to see, who may be the one who asks.
    let rows = store::of_volunteer(cx, volunteer, from, until)?;
    let released = cx.as_service(|cx| release_each(cx, volunteer, rows).map(Some))?;
    Ok(released.unwrap_or_default())
}

/// The same for the bookings of one patient still to come: the two must not talk.
pub fn release_talks_with(
    cx: &mut Cx<'_>,
    volunteer: VolunteerId,
    patient: PatientId,
) -> Result<Vec<Released>> {
    let now = cx.now;
    let mut rows = store::of_volunteer(cx, volunteer, now, None)?;
    rows.retain(|row| row.patient_id == Some(patient));
    let released = cx.as_service(|cx| release_each(cx, volunteer, rows).map(Some))?;
    Ok(released.unwrap_or_default())
}

fn release_each(cx: &mut Cx<'_>, volunteer: VolunteerId, rows: Vec<Row>) -> Result<Vec<Released>> {
    let mut released = Vec::new();
    for mut row in rows {
        if let Some(patient) = row.patient_id {
            cx.touch(patient);
        }
        let is_booked = row.state == BookingState::Confirmed;
        if !is_booked {
            // Whoever is booking it right now is told that it is gone.
            end(
                cx,
                &mut row,
                BookingCancellationReason::SupporterUnavailable,
                None,
            )?;
            if row.booked_by == BookedBy::WaitingList {
                waiting_list::offer_expired(cx, row.id)?;
            }
            continue;
        }
        released.push(place_elsewhere(cx, volunteer, row)?);
    }
    Ok(released)
}

/// The best who fits and is free at the same time, or the waiting list.
fn place_elsewhere(cx: &mut Cx<'_>, leaving: VolunteerId, mut row: Row) -> Result<Released> {
    let programme = programmes::find_of_controller(cx, row.programme_id)?;
    let covered = match row.patient_id {
        Some(patient) => person::still_covers(cx, patient, &programme, true)?,
        None => None,
    };
    // Without a consent that still counts nobody else takes the talk over.
    let fitting = match covered {
        Some(_) => who_fits(cx, &row)?,
        None => Vec::new(),
    };
    for volunteer in fitting {
        if volunteer == leaving {
            continue;
        }
        let same = timetable::same_time(cx, volunteer, row.starts_at, row.time_type_id)?;
        let Some(slot) = same else { continue };
        let slot = timetable::slot(cx, slot)?;
        if !can_take(cx, &slot, &programme, Some(row.id))? {
            continue;
        }
        let seat = take_seat(cx, &slot)?;
        shift(cx, &mut row, &slot, seat)?;
        return Ok(Released {
            booking_id: row.id,
            volunteer_id: Some(volunteer),
            waiting_list_entry_id: None,
        });
    }
    end(
        cx,
        &mut row,
        BookingCancellationReason::SupporterUnavailable,
        None,
    )?;
    let booked = booked_row(cx, &row)?;
    let entry = waiting_list::enter_released(cx, &booked)?;
    Ok(Released {
        booking_id: row.id,
        volunteer_id: None,
        waiting_list_entry_id: entry,
    })
}

/// A booking that has lost its supporter, as the waiting list sees it.
#[derive(Debug)]
pub struct BookedRow {
    /// The booking.
    pub id: BookingId,
    /// The programme.
    pub programme_id: ProgrammeId,
    /// What kind of time it was.
    pub time_type_id: TimeTypeId,
    /// Who made the booking.
    pub made_by: Id<()>,
    /// The person and the consent, where it was booked already.
    pub resolved: Option<Resolved>,
}

fn booked_row(cx: &Cx<'_>, row: &Row) -> Result<BookedRow> {
    let resolved = match (row.patient_id, row.consent_id, row.booker) {
        (Some(patient), Some(consent), Some(booker)) => {
            let mut content = row.open(cx)?;
            content.cancellation_note = None;
            content.by_staff |= row.booked_by == BookedBy::Staff;
            Some(Resolved {
                patient,
                consent,
                booker,
                phase: row.phase,
                content,
            })
        }
        _ => None,
    };
    Ok(BookedRow {
        id: row.id,
        programme_id: row.programme_id,
        time_type_id: row.time_type_id,
        made_by: row.made_by,
        resolved,
    })
}

/// The volunteers who fit by the gates and the score of matching (HF-5), the best first.
fn who_fits(cx: &mut Cx<'_>, row: &Row) -> Result<Vec<VolunteerId>> {
    let Some(mut need) = need_for(cx, row)? else {
        return Ok(Vec::new());
    };
    need.from = Some(row.starts_at);
    need.to = Some(row.ends_at);
    matches::fitting(cx, &need)
}

/// Cancels the bookings still to come that stand on a consent, and says which.
pub fn cancel_for_consent(cx: &mut Cx<'_>, consent: ConsentId) -> Result<Vec<BookingId>> {
    let mut ended = Vec::new();
    for mut row in store::standing_on(cx, consent)? {
        if let Some(patient) = row.patient_id {
            cx.touch(patient);
        }
        let offered = row.booked_by == BookedBy::WaitingList && row.state == BookingState::Held;
        end(
            cx,
            &mut row,
            BookingCancellationReason::ConsentWithdrawn,
            None,
        )?;
        if offered {
            waiting_list::offer_expired(cx, row.id)?;
        }
        waiting_list::offer_freed(cx, row.slot_id)?;
        ended.push(row.id);
    }
    Ok(ended)
}
