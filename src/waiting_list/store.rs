//! Entries of the waiting list in storage.

use diesel::dsl::{exists, not};
use diesel::prelude::*;

use super::model::{
    OfferOutcome, WaitingListEntry, WaitingListEntryId, WaitingListOffer, WaitingListState,
};
use super::offers::kept_for;
use crate::bookings::{Booker, BookingId, Content};
use crate::consents::ConsentId;
use crate::find_seen;
use crate::organisations::OrganisationId;
use crate::patients::PatientId;
use crate::platform::app::Cx;
use crate::platform::crypto::Place;
use crate::platform::db::schema::{waiting_list_entries, waiting_list_offers};
use crate::platform::db::{Condition, Instant, one_of};
use crate::platform::error::{Error, Result};
use crate::platform::events::Event;
use crate::platform::http::cursor::Position;
use crate::platform::id::Id;
use crate::programmes::ProgrammeId;
use crate::repoint;
use crate::timetable::{self, SlotRow, TimeTypeId};
use crate::upkeep::Page;
use crate::volunteers::IllnessPhase;

/// A row of the table.
#[derive(Clone, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = waiting_list_entries, treat_none_as_null = true, treat_none_as_default_value = false)]
pub(super) struct Row {
    pub id: WaitingListEntryId,
    pub controller_id: OrganisationId,
    pub programme_id: ProgrammeId,
    pub time_type_id: Option<TimeTypeId>,
    pub patient_id: PatientId,
    pub consent_id: ConsentId,
    pub booking_id: Option<BookingId>,
    pub booker: Booker,
    pub phase: Option<IllnessPhase>,
    pub not_before: Instant,
    pub not_after: Option<Instant>,
    pub state: WaitingListState,
    pub made_by: Id<()>,
    pub content: Vec<u8>,
    pub version: i32,
    pub created_at: Instant,
    pub updated_at: Instant,
}

fn place(id: WaitingListEntryId) -> Place<'static> {
    Place::new("waiting_list_entries.content", id.uuid())
}

impl Row {
    pub(super) fn seal(&mut self, cx: &Cx<'_>, content: &Content) -> Result<()> {
        self.content = cx.keys.seal_json(place(self.id), content)?;
        Ok(())
    }

    /// The state as it is at `now`, whoever has noticed: an offer that has run out is none, and who
    /// cannot come any more waits no longer. `offered`: a time is kept for the person now.
    pub(super) fn state_at(&self, now: Instant, offered: bool) -> WaitingListState {
        let lapsed = self.not_after.is_some_and(|last| last <= now);
        match self.state {
            WaitingListState::Offered if offered => WaitingListState::Offered,
            WaitingListState::Waiting | WaitingListState::Offered if lapsed => {
                WaitingListState::Left
            }
            WaitingListState::Offered => WaitingListState::Waiting,
            state => state,
        }
    }

    pub(super) fn open(&self, cx: &Cx<'_>) -> Result<Content> {
        cx.keys.open_json(place(self.id), &self.content)
    }
}

/// An event of an entry.
pub(super) fn event(kind: &'static str, row: &Row) -> Event {
    Event::new(kind, row.id)
        .programme(row.programme_id)
        .patient(row.patient_id)
}

/// The row of an entry that the actor sees: staff those of their programmes, a patient the own
/// ones, a system those that it made.
pub(super) fn find_row(cx: &mut Cx<'_>, id: WaitingListEntryId) -> Result<Row> {
    let row = find_seen!(cx, waiting_list_entries, Row, id)?;
    let own = timetable::as_staff(cx)
        || match cx.scope().patient {
            Some(patient) => row.patient_id == patient,
            None => row.made_by.uuid() == cx.actor.id,
        };
    if !own {
        return Err(Error::not_found());
    }
    cx.touch(row.patient_id);
    Ok(row)
}

/// Stores a new entry.
pub(super) fn insert(cx: &mut Cx<'_>, row: &Row) -> Result<()> {
    diesel::insert_into(waiting_list_entries::table)
        .values(row)
        .execute(cx.conn())?;
    cx.emit(&event("waitingListEntry.entered", row))
}

/// Stores a changed entry as its next version, with what happened to it.
pub(super) fn save(cx: &mut Cx<'_>, row: &mut Row, happened: &'static str) -> Result<()> {
    row.version += 1;
    row.updated_at = cx.now;
    diesel::update(waiting_list_entries::table.find(row.id))
        .set(&*row)
        .execute(cx.conn())?;
    cx.emit(&event(happened, row))
}

/// The entry of a person who waits already for such a time. A booking site is told of the entries
/// only that it made itself.
pub(super) fn waits(
    cx: &mut Cx<'_>,
    programme: ProgrammeId,
    kind: Option<TimeTypeId>,
    patient: PatientId,
) -> Result<Option<Row>> {
    use waiting_list_entries as t;
    let rows: Vec<Row> = t::table
        .filter(t::patient_id.eq(patient))
        .filter(t::programme_id.eq(programme))
        .filter(
            t::state
                .eq(WaitingListState::Waiting)
                .or(t::state.eq(WaitingListState::Offered)),
        )
        .select(Row::as_select())
        .load(cx.conn())?;
    let sees_all = timetable::as_staff(cx) || cx.scope().patient.is_some();
    let (own, now) = (cx.actor.id, cx.now);
    Ok(rows.into_iter().find(|row| {
        row.state_at(now, false) != WaitingListState::Left
            && (sees_all || row.made_by.uuid() == own)
            && (kind.is_none() || row.time_type_id.is_none() || row.time_type_id == kind)
    }))
}

/// The entries that wait for a time like this one, who came first first.
pub(super) fn candidates(cx: &mut Cx<'_>, slot: &SlotRow, limit: i64) -> Result<Vec<Row>> {
    use waiting_list_entries as t;
    Ok(t::table
        .filter(t::programme_id.eq(slot.programme_id))
        .filter(in_state(WaitingListState::Waiting, cx.now))
        .filter(t::not_before.le(slot.starts_at))
        .filter(
            t::not_after
                .is_null()
                .nullable()
                .or(t::not_after.ge(slot.starts_at)),
        )
        .filter(
            t::time_type_id
                .is_null()
                .nullable()
                .or(t::time_type_id.eq(slot.time_type_id)),
        )
        .order(t::id.asc())
        .limit(limit)
        .select(Row::as_select())
        .load(cx.conn())?)
}

/// The entries of the actor's controller on the list whose last possible day has passed: a page
/// behind `after`, for [`crate::upkeep`].
pub fn lapsed(
    cx: &mut Cx<'_>,
    after: Option<WaitingListEntryId>,
    limit: i64,
) -> Result<Page<WaitingListEntry>> {
    use waiting_list_entries as t;
    let now = cx.now;
    let mut query = t::table
        .filter(t::controller_id.eq(cx.scope().controller))
        .filter(in_state(WaitingListState::Left, now))
        .filter(t::state.ne(WaitingListState::Left))
        .order(t::id.asc())
        .limit(limit)
        .select(t::id)
        .into_boxed();
    if let Some(after) = after {
        query = query.filter(t::id.gt(after));
    }
    Ok(query.load::<WaitingListEntryId>(cx.conn())?.into())
}

/// The entries of the actor's controller that wait: a page behind `after`, for
/// [`crate::upkeep`].
pub fn waiting(
    cx: &mut Cx<'_>,
    after: Option<WaitingListEntryId>,
    limit: i64,
) -> Result<Page<WaitingListEntry>> {
    use waiting_list_entries as t;
    let mut query = t::table
        .filter(t::controller_id.eq(cx.scope().controller))
        .filter(in_state(WaitingListState::Waiting, cx.now))
        .order(t::id.asc())
        .limit(limit)
        .select(t::id)
        .into_boxed();
    if let Some(after) = after {
        query = query.filter(t::id.gt(after));
    }
    Ok(query.load::<WaitingListEntryId>(cx.conn())?.into())
}

/// The entries that stand on a consent and have not ended.
pub(super) fn standing_on(cx: &mut Cx<'_>, consent: ConsentId) -> Result<Vec<Row>> {
    use waiting_list_entries as t;
    Ok(t::table
        .filter(t::consent_id.eq(consent))
        .filter(t::controller_id.eq(cx.scope().controller))
        .filter(
            t::state
                .eq(WaitingListState::Waiting)
                .or(t::state.eq(WaitingListState::Offered)),
        )
        .order(t::id.asc())
        .select(Row::as_select())
        .load(cx.conn())?)
}

/// An entry as the actor may see it.
pub(super) fn shown(cx: &mut Cx<'_>, row: Row) -> Result<WaitingListEntry> {
    let kept = kept_for(cx, &[row.id])?.remove(&row.id);
    Ok(view(cx, row, kept))
}

/// Entries as the actor may see them, each person among them noted as touched.
pub(super) fn shown_all(cx: &mut Cx<'_>, rows: Vec<Row>) -> Result<Vec<WaitingListEntry>> {
    let ids: Vec<WaitingListEntryId> = rows.iter().map(|row| row.id).collect();
    let mut kept = kept_for(cx, &ids)?;
    Ok(rows
        .into_iter()
        .map(|row| {
            cx.touch(row.patient_id);
            let kept = kept.remove(&row.id);
            view(cx, row, kept)
        })
        .collect())
}

fn view(cx: &Cx<'_>, row: Row, offer: Option<WaitingListOffer>) -> WaitingListEntry {
    let sees = timetable::as_staff(cx) || cx.scope().patient.is_some();
    let state = row.state_at(cx.now, offer.is_some());
    WaitingListEntry {
        id: row.id,
        programme_id: row.programme_id,
        time_type_id: row.time_type_id,
        patient_id: sees.then_some(row.patient_id),
        booking_id: row.booking_id,
        booker: row.booker,
        phase: row.phase,
        not_before: row.not_before,
        not_after: row.not_after,
        state,
        offer,
        version: row.version,
        created_at: row.created_at,
        updated_at: row.updated_at,
    }
}

/// The entries that [`Row::state_at`] says to be in a state.
fn in_state(state: WaitingListState, now: Instant) -> Condition<waiting_list_entries::table> {
    use waiting_list_entries as t;
    let on_the_list = || {
        one_of(
            t::state,
            &[WaitingListState::Waiting, WaitingListState::Offered],
        )
    };
    let offered = || {
        exists(
            waiting_list_offers::table
                .filter(waiting_list_offers::entry_id.eq(t::id))
                .filter(waiting_list_offers::outcome.eq(OfferOutcome::Open))
                .filter(waiting_list_offers::expires_at.gt(now)),
        )
    };
    let lapsed = || {
        t::not_after
            .is_not_null()
            .and(t::not_after.assume_not_null().le(now))
    };
    match state {
        WaitingListState::Offered => Box::new(t::state.eq(state).and(offered())),
        WaitingListState::Waiting => Box::new(on_the_list().and(not(offered())).and(not(lapsed()))),
        WaitingListState::Left => Box::new(
            t::state
                .eq(state)
                .or(on_the_list().and(not(offered())).and(lapsed())),
        ),
        WaitingListState::Booked => Box::new(t::state.eq(state)),
    }
}

/// What a list is filtered by.
#[derive(Debug, Default, Clone)]
pub struct Filter {
    /// Only this programme.
    pub programme_id: Option<ProgrammeId>,
    /// Only this state.
    pub state: Option<WaitingListState>,
    /// Changed at or after.
    pub updated_since: Option<Instant>,
}

/// The rows of a page of the entries that the actor sees, who came first first, and one row more.
pub(super) fn list(
    cx: &mut Cx<'_>,
    filter: &Filter,
    after: Option<Position>,
    limit: i64,
) -> Result<Vec<Row>> {
    use waiting_list_entries as t;
    let scope = cx.scope();
    let mut query = t::table.select(Row::as_select()).into_boxed();
    if let Some(programmes) = &scope.programmes {
        query = query.filter(one_of(t::programme_id, programmes));
    }
    query = query
        .filter(t::controller_id.eq(scope.controller))
        .order(t::id.asc())
        .limit(limit + 1);
    if !timetable::as_staff(cx) {
        query = match scope.patient {
            Some(patient) => query.filter(t::patient_id.eq(patient)),
            None => query.filter(t::made_by.eq(Id::<()>::from_uuid(cx.actor.id))),
        };
    }
    if let Some(id) = filter.programme_id {
        query = query.filter(t::programme_id.eq(id));
    }
    if let Some(state) = filter.state {
        query = query.filter(in_state(state, cx.now));
    }
    if let Some(since) = filter.updated_since {
        query = query.filter(t::updated_at.ge(since));
    }
    if let Some(after) = after {
        query = query.filter(t::id.gt(after.id::<WaitingListEntry>()));
    }
    Ok(query.load(cx.conn())?)
}

/// Gives the entries of `from` to `to`, when two records of one person become one.
pub fn repoint(cx: &mut Cx<'_>, from: PatientId, to: PatientId) -> Result<()> {
    repoint!(cx, waiting_list_entries, from, to)
}
