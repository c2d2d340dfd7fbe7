//! Times in storage.

use std::collections::HashMap;

use diesel::prelude::*;

use super::model::{
    Schedule, ScheduleId, Slot, SlotId, SlotOrigin, SlotState, TimeType, TimeTypeId,
};
use super::rules::Wanted;
use super::{schedules, time_types};
use crate::bookings;
use crate::find_seen;
use crate::organisations::OrganisationId;
use crate::platform::app::Cx;
use crate::platform::db::schema::slots;
use crate::platform::db::{Instant, one_of};
use crate::platform::error::{Error, Result};
use crate::platform::http::cursor::Position;
use crate::platform::id::Id;
use crate::programmes::ProgrammeId;
use crate::volunteers::VolunteerId;

/// A row of the table.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = slots, treat_none_as_default_value = false)]
pub struct Row {
    /// See [`Slot`].
    pub id: SlotId,
    /// The data controller.
    pub controller_id: OrganisationId,
    /// See [`Slot`].
    pub programme_id: ProgrammeId,
    /// See [`Slot`].
    pub schedule_id: ScheduleId,
    /// See [`Slot`].
    pub time_type_id: TimeTypeId,
    /// See [`Slot`].
    pub volunteer_id: Option<VolunteerId>,
    /// See [`Slot`].
    pub starts_at: Instant,
    /// See [`Slot`].
    pub ends_at: Instant,
    /// See [`Slot`].
    pub seats: i32,
    /// See [`Slot`].
    pub origin: SlotOrigin,
    /// See [`Slot`].
    pub state: SlotState,
    /// See [`Slot`].
    pub outside_availability: bool,
    /// Where it differs from the time type.
    pub web_visible: Option<bool>,
    /// Where it differs from the time type.
    pub public_name: Option<String>,
    /// Since when, or from when on, a seat is free.
    pub free_from: Option<Instant>,
    /// See [`Slot`].
    pub version: i32,
    /// See [`Slot`].
    pub created_at: Instant,
    /// See [`Slot`].
    pub updated_at: Instant,
}

impl Row {
    /// A free time of one seat.
    pub(super) fn new(cx: &Cx<'_>, schedule: &Schedule, time: Wanted, origin: SlotOrigin) -> Self {
        Self {
            id: Id::new(),
            controller_id: cx.scope().controller,
            programme_id: schedule.programme_id,
            schedule_id: schedule.id,
            time_type_id: time.time_type_id,
            volunteer_id: schedule.volunteer_id,
            starts_at: time.starts_at,
            ends_at: time.ends_at,
            seats: 1,
            origin,
            state: SlotState::Open,
            outside_availability: false,
            web_visible: None,
            public_name: None,
            free_from: Some(always()),
            version: 1,
            created_at: cx.now,
            updated_at: cx.now,
        }
    }

    /// Whether it can be booked while a seat is free.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.state == SlotState::Open
    }

    /// Whether booking sites and patients see it.
    #[must_use]
    pub fn is_web_visible(&self, kind: &TimeType) -> bool {
        self.web_visible.unwrap_or(kind.web_visible)
    }
}

/// What `free_from` is while a seat is free.
fn always() -> Instant {
    Instant::from_micros(0)
}

/// The row of one time of the actor's controller and programmes.
pub fn find_row(cx: &mut Cx<'_>, id: SlotId) -> Result<Row> {
    find_seen!(cx, slots, Row, id)
}

/// The row of one time that the actor sees; a volunteer sees her own.
pub(super) fn find_own_row(cx: &mut Cx<'_>, id: SlotId) -> Result<Row> {
    let row = find_row(cx, id)?;
    match cx.scope().volunteer() {
        Some(own) if row.volunteer_id != Some(own) => Err(Error::not_found()),
        _ => Ok(row),
    }
}

/// One time as staff see it.
pub fn find(cx: &mut Cx<'_>, id: SlotId) -> Result<Slot> {
    let row = find_own_row(cx, id)?;
    shown(cx, vec![row])?
        .pop()
        .ok_or_else(|| Error::internal("a slot vanished"))
}

/// Times as staff see them.
pub fn shown(cx: &mut Cx<'_>, rows: Vec<Row>) -> Result<Vec<Slot>> {
    let zones = schedules::zones(cx, rows.iter().map(|row| row.schedule_id))?;
    let mut types: HashMap<TimeTypeId, TimeType> = HashMap::new();
    let ids: Vec<SlotId> = rows.iter().map(|row| row.id).collect();
    let taken = bookings::taken(cx, &ids)?;
    let mut shown = Vec::with_capacity(rows.len());
    for row in rows {
        let kind = match types.get(&row.time_type_id) {
            Some(kind) => kind.clone(),
            None => {
                let kind = time_types::find(cx, row.time_type_id)?;
                types.insert(kind.id, kind.clone());
                kind
            }
        };
        let taken = taken.get(&row.id).copied().unwrap_or(0);
        shown.push(Slot {
            variant: format!("{taken}-{}", kind.version),
            web_visible: row.is_web_visible(&kind),
            public_name: row.public_name.map_or(kind.public_name, Into::into),
            id: row.id,
            programme_id: row.programme_id,
            schedule_id: row.schedule_id,
            time_type_id: row.time_type_id,
            volunteer_id: row.volunteer_id,
            starts_at: row.starts_at,
            ends_at: row.ends_at,
            time_zone: zones.get(&row.schedule_id).cloned().unwrap_or_default(),
            seats: row.seats,
            taken,
            origin: row.origin,
            state: row.state,
            outside_availability: row.outside_availability,
            version: row.version,
            created_at: row.created_at,
            updated_at: row.updated_at,
        });
    }
    Ok(shown)
}

/// What a list is filtered by.
#[derive(Debug, Default, Clone)]
pub struct Filter {
    /// Only this programme.
    pub programme_id: Option<ProgrammeId>,
    /// Only this time book.
    pub schedule_id: Option<ScheduleId>,
    /// Only this type.
    pub time_type_id: Option<TimeTypeId>,
    /// Only this state.
    pub state: Option<SlotState>,
    /// Beginning at or after.
    pub from: Option<Instant>,
    /// Beginning before.
    pub to: Option<Instant>,
}

/// The rows of a page of times, the earliest first, and one row more.
pub fn list(
    cx: &mut Cx<'_>,
    filter: &Filter,
    after: Option<Position>,
    limit: i64,
) -> Result<Vec<Row>> {
    use slots as t;
    let mut query = t::table.select(Row::as_select()).into_boxed();
    if let Some(programmes) = &cx.scope().programmes {
        query = query.filter(one_of(t::programme_id, programmes));
    }
    query = query
        .filter(t::controller_id.eq(cx.scope().controller))
        .order((t::starts_at.asc(), t::id.asc()))
        .limit(limit + 1);
    if let Some(own) = cx.scope().volunteer() {
        query = query.filter(t::volunteer_id.eq(own));
    }
    if let Some(id) = filter.programme_id {
        query = query.filter(t::programme_id.eq(id));
    }
    if let Some(id) = filter.schedule_id {
        query = query.filter(t::schedule_id.eq(id));
    }
    if let Some(id) = filter.time_type_id {
        query = query.filter(t::time_type_id.eq(id));
    }
    if let Some(state) = filter.state {
        query = query.filter(t::state.eq(state));
    }
    if let Some(from) = filter.from {
        query = query.filter(t::starts_at.ge(from));
    }
    if let Some(to) = filter.to {
        query = query.filter(t::starts_at.lt(to));
    }
    if let Some(after) = after {
        let (key, id) = (Instant::from_micros(after.key), after.id::<Slot>());
        query = query
            .filter(t::starts_at.ge(key))
            .filter(t::starts_at.gt(key).or(t::id.gt(id)));
    }
    Ok(query.load(cx.conn())?)
}

/// The times of a time book that are not dropped and begin in `from..to`, the earliest first.
pub fn of_schedule(
    cx: &mut Cx<'_>,
    schedule: ScheduleId,
    from: Instant,
    to: Instant,
) -> Result<Vec<Row>> {
    Ok(slots::table
        .filter(slots::schedule_id.eq(schedule))
        .filter(slots::starts_at.ge(from))
        .filter(slots::starts_at.lt(to))
        .filter(slots::state.ne(SlotState::Dropped))
        .order((slots::starts_at.asc(), slots::id.asc()))
        .select(Row::as_select())
        .load(cx.conn())?)
}

/// Stores a time that the availability has.
pub fn insert_made(cx: &mut Cx<'_>, schedule: &Schedule, time: Wanted) -> Result<()> {
    let row = Row::new(cx, schedule, time, SlotOrigin::Availability);
    insert(cx, &row)
}

/// Stores a new time.
pub(super) fn insert(cx: &mut Cx<'_>, row: &Row) -> Result<()> {
    diesel::insert_into(slots::table)
        .values(row)
        .execute(cx.conn())?;
    Ok(())
}

/// Writes down since when a seat of a time is free. Called with every change of its bookings.
pub fn refresh(cx: &mut Cx<'_>, id: SlotId) -> Result<()> {
    let (seats, state): (i32, SlotState) = slots::table
        .find(id)
        .select((slots::seats, slots::state))
        .first(cx.conn())?;
    let taken = bookings::seats(cx, id)?;
    let some_left = usize::try_from(seats).is_ok_and(|seats| taken.len() < seats);
    let free_from = match state {
        SlotState::Open if some_left => Some(always()),
        SlotState::Open => taken.iter().filter_map(|seat| seat.until).min(),
        SlotState::Closed | SlotState::Dropped => None,
    };
    diesel::update(slots::table.find(id))
        .set(slots::free_from.eq(free_from))
        .execute(cx.conn())?;
    Ok(())
}

/// Marks a booked time as outside the availability, or inside again.
pub fn mark(cx: &mut Cx<'_>, id: SlotId, outside: bool) -> Result<()> {
    let now = cx.now;
    diesel::update(slots::table.find(id))
        .set((
            slots::outside_availability.eq(outside),
            slots::version.eq(slots::version + 1),
            slots::updated_at.eq(now),
        ))
        .execute(cx.conn())?;
    Ok(())
}

/// The times entered by hand that begin at `from` or later and went with a leave.
pub fn sent_away(cx: &mut Cx<'_>, schedule: ScheduleId, from: Instant) -> Result<Vec<Row>> {
    Ok(slots::table
        .filter(slots::schedule_id.eq(schedule))
        .filter(slots::starts_at.ge(from))
        .filter(slots::state.eq(SlotState::Dropped))
        .filter(slots::origin.eq(SlotOrigin::Manual))
        .order((slots::starts_at.asc(), slots::id.asc()))
        .select(Row::as_select())
        .load(cx.conn())?)
}

/// Offers a time again that went with a leave.
pub fn bring_back(cx: &mut Cx<'_>, id: SlotId) -> Result<()> {
    let now = cx.now;
    diesel::update(slots::table.find(id))
        .set((
            slots::state.eq(SlotState::Open),
            slots::version.eq(slots::version + 1),
            slots::updated_at.eq(now),
        ))
        .execute(cx.conn())?;
    refresh(cx, id)
}

/// Forgets what the times of a time book were called by hand.
pub fn forget_names(cx: &mut Cx<'_>, schedule: ScheduleId) -> Result<()> {
    diesel::update(
        slots::table
            .filter(slots::schedule_id.eq(schedule))
            .filter(slots::public_name.is_not_null()),
    )
    .set(slots::public_name.eq(None::<String>))
    .execute(cx.conn())?;
    Ok(())
}

/// Takes a free time away: its row goes, unless something was booked in it once.
pub fn drop_free(cx: &mut Cx<'_>, id: SlotId, keep: bool) -> Result<()> {
    if !keep {
        diesel::delete(slots::table.find(id)).execute(cx.conn())?;
        return Ok(());
    }
    let now = cx.now;
    diesel::update(slots::table.find(id))
        .set((
            slots::state.eq(SlotState::Dropped),
            slots::free_from.eq(None::<Instant>),
            slots::version.eq(slots::version + 1),
            slots::updated_at.eq(now),
        ))
        .execute(cx.conn())?;
    Ok(())
}
