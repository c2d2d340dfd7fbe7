//! Bookings in storage. A seat is given once: the unique index over time and seat refuses a
//! second one, whatever runs at once, and the work is then tried again on what is there now.

use diesel::prelude::*;

use super::model::{
    BookedBy, Booker, Booking, BookingCancellationReason, BookingId, BookingState, Content,
};
use super::rules::Standing;
use crate::consents::ConsentId;
use crate::organisations::OrganisationId;
use crate::patients::PatientId;
use crate::platform::app::Cx;
use crate::platform::crypto::Place;
use crate::platform::db::schema::bookings;
use crate::platform::db::{Condition, Instant, one_of};
use crate::platform::error::{Error, Result};
use crate::platform::events::Event;
use crate::platform::id::Id;
use crate::programmes::ProgrammeId;
use crate::repoint;
use crate::timetable::{self, ScheduleId, SlotId, SlotRow, TimeTypeId};
use crate::upkeep::Page;
use crate::volunteers::{IllnessPhase, VolunteerId, VolunteerSubtype};

/// A row of the table.
#[derive(Clone, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = bookings, treat_none_as_null = true, treat_none_as_default_value = false)]
pub(super) struct Row {
    pub id: BookingId,
    pub controller_id: OrganisationId,
    pub programme_id: ProgrammeId,
    pub slot_id: SlotId,
    pub seat: i32,
    pub schedule_id: ScheduleId,
    pub time_type_id: TimeTypeId,
    pub volunteer_id: Option<VolunteerId>,
    pub starts_at: Instant,
    pub ends_at: Instant,
    pub state: BookingState,
    pub hold_expires_at: Option<Instant>,
    pub patient_id: Option<PatientId>,
    pub consent_id: Option<ConsentId>,
    pub booker: Option<Booker>,
    pub phase: Option<IllnessPhase>,
    pub booked_by: BookedBy,
    pub made_by: Id<()>,
    pub moves: i32,
    pub ended_at: Option<Instant>,
    pub cancellation_reason: Option<BookingCancellationReason>,
    pub acted_as: Option<VolunteerSubtype>,
    pub content: Vec<u8>,
    pub version: i32,
    pub created_at: Instant,
    pub updated_at: Instant,
}

fn place(id: BookingId) -> Place<'static> {
    Place::new("bookings.content", id.uuid())
}

impl Row {
    /// As the rules see it.
    pub(super) fn standing(&self) -> Standing {
        Standing {
            state: self.state,
            until: self.hold_expires_at,
            starts_at: self.starts_at,
            offered: self.booked_by == BookedBy::WaitingList,
        }
    }

    /// A hold on this time, of nobody yet.
    pub(super) fn held(cx: &Cx<'_>, slot: &SlotRow, seat: i32, until: Instant) -> Result<Self> {
        let id = BookingId::new();
        let mut row = Self {
            id,
            controller_id: cx.scope().controller,
            programme_id: slot.programme_id,
            slot_id: slot.id,
            seat,
            schedule_id: slot.schedule_id,
            time_type_id: slot.time_type_id,
            volunteer_id: slot.volunteer_id,
            starts_at: slot.starts_at,
            ends_at: slot.ends_at,
            state: BookingState::Held,
            hold_expires_at: Some(until),
            patient_id: None,
            consent_id: None,
            booker: None,
            phase: None,
            booked_by: BookedBy::System,
            made_by: Id::from_uuid(cx.actor.id),
            moves: 0,
            ended_at: None,
            cancellation_reason: None,
            acted_as: None,
            content: Vec::new(),
            version: 1,
            created_at: cx.now,
            updated_at: cx.now,
        };
        row.seal(cx, &Content::default())?;
        Ok(row)
    }

    /// To this seat of another time.
    pub(super) fn put(&mut self, slot: &SlotRow, seat: i32) {
        self.slot_id = slot.id;
        self.seat = seat;
        self.schedule_id = slot.schedule_id;
        self.time_type_id = slot.time_type_id;
        self.volunteer_id = slot.volunteer_id;
        self.starts_at = slot.starts_at;
        self.ends_at = slot.ends_at;
    }

    pub(super) fn seal(&mut self, cx: &Cx<'_>, content: &Content) -> Result<()> {
        self.content = cx.keys.seal_json(place(self.id), content)?;
        Ok(())
    }

    /// What is sealed of it.
    pub(super) fn open(&self, cx: &Cx<'_>) -> Result<Content> {
        cx.keys.open_json(place(self.id), &self.content)
    }
}

/// An event of a booking.
pub(super) fn event(kind: &'static str, row: &Row) -> Event {
    let event = Event::new(kind, row.id).programme(row.programme_id);
    match row.patient_id {
        Some(patient) => event.patient(patient),
        None => event,
    }
}

/// The row of one booking that the actor sees: staff those of their programmes, a patient or
/// volunteer their own, a system those that it made.
pub(super) fn find_row(cx: &mut Cx<'_>, id: BookingId) -> Result<Row> {
    let row = load(cx, id)?;
    cx.scope().check_programme(row.programme_id)?;
    let scope = cx.scope();
    let own = if timetable::as_staff(cx) {
        true
    } else if let Some(patient) = scope.patient {
        row.patient_id == Some(patient) || (row.patient_id.is_none() && made_by_actor(cx, &row))
    } else if let Some(volunteer) = scope.volunteer() {
        row.volunteer_id == Some(volunteer)
    } else {
        made_by_actor(cx, &row)
    };
    if !own {
        return Err(Error::not_found());
    }
    if let Some(patient) = row.patient_id {
        cx.touch(patient);
    }
    Ok(row)
}

fn made_by_actor(cx: &Cx<'_>, row: &Row) -> bool {
    row.made_by.uuid() == cx.actor.id
}

/// The row of a booking whoever made it, for what happens by itself.
pub(super) fn find_any(cx: &mut Cx<'_>, id: BookingId) -> Result<Row> {
    let row = load(cx, id)?;
    if let Some(patient) = row.patient_id {
        cx.touch(patient);
    }
    Ok(row)
}

fn load(cx: &mut Cx<'_>, id: BookingId) -> Result<Row> {
    bookings::table
        .find(id)
        .filter(bookings::controller_id.eq(cx.scope().controller))
        .select(Row::as_select())
        .first(cx.conn())
        .optional()?
        .ok_or_else(Error::not_found)
}

/// Stores a new booking.
pub(super) fn insert(cx: &mut Cx<'_>, row: &Row) -> Result<()> {
    diesel::insert_into(bookings::table)
        .values(row)
        .execute(cx.conn())?;
    timetable::refresh(cx, row.slot_id)
}

/// Stores what has changed of a booking, as its next version.
pub(super) fn save(cx: &mut Cx<'_>, row: &mut Row) -> Result<()> {
    row.version += 1;
    row.updated_at = cx.now;
    diesel::update(bookings::table.find(row.id))
        .set(&*row)
        .execute(cx.conn())?;
    timetable::refresh(cx, row.slot_id)
}

/// The rows that have a seat of one of these times, by time and seat, expired holds included.
pub(super) fn seated(cx: &mut Cx<'_>, slots: &[SlotId]) -> Result<Vec<Row>> {
    let seated = [
        BookingState::Held,
        BookingState::Confirmed,
        BookingState::Attended,
        BookingState::NoShow,
    ];
    Ok(bookings::table
        .filter(one_of(bookings::slot_id, slots))
        .filter(one_of(bookings::state, &seated))
        .order((bookings::slot_id.asc(), bookings::seat.asc()))
        .select(Row::as_select())
        .load(cx.conn())?)
}

/// Whether a booking has its seat now.
pub(super) fn is_live(state: BookingState, until: Option<Instant>, now: Instant) -> bool {
    match state {
        BookingState::Held => until.is_none_or(|until| now < until),
        BookingState::Confirmed | BookingState::Attended | BookingState::NoShow => true,
        BookingState::Cancelled | BookingState::Expired => false,
    }
}

/// That a booking is held or confirmed.
pub(super) fn is_open() -> Condition<bookings::table> {
    let open = [BookingState::Held, BookingState::Confirmed];
    one_of(bookings::state, &open)
}

/// The bookings of a volunteer that are live and begin in `from..until`, the earliest first.
pub(super) fn of_volunteer(
    cx: &mut Cx<'_>,
    volunteer: VolunteerId,
    from: Instant,
    until: Option<Instant>,
) -> Result<Vec<Row>> {
    let mut query = bookings::table
        .filter(bookings::volunteer_id.eq(volunteer))
        .filter(bookings::controller_id.eq(cx.scope().controller))
        .filter(bookings::starts_at.ge(from))
        .filter(is_open())
        .order((bookings::starts_at.asc(), bookings::id.asc()))
        .select(Row::as_select())
        .into_boxed();
    if let Some(until) = until {
        query = query.filter(bookings::starts_at.lt(until));
    }
    Ok(query.load(cx.conn())?)
}

/// The live bookings still to come that stand on a consent.
pub(super) fn standing_on(cx: &mut Cx<'_>, consent: ConsentId) -> Result<Vec<Row>> {
    let now = cx.now;
    Ok(bookings::table
        .filter(bookings::consent_id.eq(consent))
        .filter(bookings::controller_id.eq(cx.scope().controller))
        .filter(bookings::starts_at.gt(now))
        .filter(is_open())
        .order(bookings::id.asc())
        .select(Row::as_select())
        .load(cx.conn())?)
}

/// How many times the actor holds now; what the waiting list keeps for somebody does not count.
pub(super) fn held_by_actor(cx: &mut Cx<'_>) -> Result<i64> {
    let now = cx.now;
    Ok(bookings::table
        .filter(bookings::made_by.eq(Id::<()>::from_uuid(cx.actor.id)))
        .filter(bookings::starts_at.gt(now))
        .filter(bookings::state.eq(BookingState::Held))
        .filter(bookings::hold_expires_at.gt(now))
        .filter(bookings::booked_by.ne(BookedBy::WaitingList))
        .count()
        .get_result(cx.conn())?)
}

/// Holds of the actor's controller that have run out: a page behind `after`, for
/// [`crate::upkeep`].
pub fn run_out(cx: &mut Cx<'_>, after: Option<BookingId>, limit: i64) -> Result<Page<Booking>> {
    let now = cx.now;
    let mut query = bookings::table
        .filter(bookings::state.eq(BookingState::Held))
        .filter(bookings::hold_expires_at.le(now))
        .filter(bookings::controller_id.eq(cx.scope().controller))
        .order(bookings::id.asc())
        .limit(limit)
        .select(bookings::id)
        .into_boxed();
    if let Some(after) = after {
        query = query.filter(bookings::id.gt(after));
    }
    Ok(query.load::<BookingId>(cx.conn())?.into())
}

/// Gives the bookings of `from` to `to`, when two records of one person become one.
pub fn repoint(cx: &mut Cx<'_>, from: PatientId, to: PatientId) -> Result<()> {
    repoint!(cx, bookings, from, to)
}
