//! The search for free times: one index, read in the order of time.
//!
//! Staff find every free time that has not begun. Everybody else finds those that the web shows,
//! as long before as their type says (HAL-2).

use std::collections::{HashMap, HashSet};

use chrono::Duration;
use diesel::prelude::*;

use super::model::{FreeSlot, ScheduleId, SlotId, TimeType, TimeTypeId};
use super::slots::Row;
use super::{schedules, time_types};
use crate::bookings::{BookingId, Supporters, Verdict};
use crate::matches::{self, Gate, Need};
use crate::platform::access::Action;
use crate::platform::app::Cx;
use crate::platform::db::schema::slots;
use crate::platform::db::{Condition, Instant, any_of, one_of};
use crate::platform::error::Result;
use crate::platform::http::cursor::Position;
use crate::programmes::{self, Programme, ProgrammeId};
use crate::volunteers::{self, IllnessPhase, Remember, VolunteerId, VolunteerSubtype};

/// How many volunteers a query names at most. Of more, enough are among the first times.
const MOST_NAMED: usize = 100;

/// Which volunteers are looked for. What is not said excludes nobody; where something is, other
/// times than volunteers' are left out.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Suits {
    /// Who supports one of these.
    pub subtypes: Vec<VolunteerSubtype>,
    /// Who talks one of these languages, in the form of [`volunteers::plain_language`].
    pub languages: Vec<String>,
    /// Who talks about this phase.
    pub phase: Option<IllnessPhase>,
    /// Times that are no volunteer's are looked for all the same.
    pub or_no_volunteer: bool,
}

/// What is looked for.
#[derive(Debug, Clone)]
pub struct Search {
    /// In this programme.
    pub programme_id: ProgrammeId,
    /// Only this type.
    pub time_type_id: Option<TimeTypeId>,
    /// Only this time book: the same supporter.
    pub schedule_id: Option<ScheduleId>,
    /// Only this volunteer.
    pub volunteer_id: Option<VolunteerId>,
    /// Only such volunteers; for a reading operation.
    pub suits: Suits,
    /// Not in this time book: other supporters.
    pub besides: Option<ScheduleId>,
    /// For a booking that moves: its own talk does not count in the supporter's week.
    pub moving: Option<BookingId>,
    /// Beginning at or after.
    pub from: Option<Instant>,
    /// Beginning before.
    pub to: Option<Instant>,
}

/// Whether the actor books as staff do: every time, until it begins.
#[must_use]
pub fn as_staff(cx: &Cx<'_>) -> bool {
    cx.actor.may(Action::BookingsReadAll)
}

/// Until when a time of this type can be booked is `starts_at` later than what this answers.
pub fn booked_from(cx: &Cx<'_>, kind: &TimeType) -> Instant {
    if as_staff(cx) {
        cx.now
    } else {
        cx.now + Duration::minutes(i64::from(kind.book_before_minutes))
    }
}

/// Whether the actor could book this time, a free seat given.
#[must_use]
pub fn is_bookable(cx: &Cx<'_>, row: &Row, kind: &TimeType) -> bool {
    let seen = as_staff(cx) || row.is_web_visible(kind);
    seen && kind.active && booked_from(cx, kind) < row.starts_at
}

impl Search {
    /// Every free time of a programme.
    #[must_use]
    pub fn of(programme_id: ProgrammeId) -> Self {
        Self {
            programme_id,
            time_type_id: None,
            schedule_id: None,
            volunteer_id: None,
            suits: Suits::default(),
            besides: None,
            moving: None,
            from: None,
            to: None,
        }
    }
}

impl FreeSlot {
    /// Where it stands in the order of free times.
    #[must_use]
    pub fn position(&self) -> Position {
        Position {
            key: self.starts_at.micros(),
            id: self.id.uuid(),
        }
    }
}

/// Whose times suit, where not everybody's do.
struct Suiting {
    volunteers: HashSet<VolunteerId>,
    or_no_volunteer: bool,
}

impl Suiting {
    /// By the gates that stop a booking, so that what is found can be booked.
    fn of(cx: &mut Cx<'_>, programme: &Programme, suits: &Suits) -> Result<Option<Self>> {
        let anybody = suits.subtypes.is_empty() && suits.languages.is_empty();
        if anybody && suits.phase.is_none() {
            return Ok(None);
        }
        let mut need = Need::of(programme.id);
        need.subtypes.clone_from(&suits.subtypes);
        need.languages = suits
            .languages
            .iter()
            .map(|language| language.as_str().into())
            .collect();
        need.phase = suits.phase;
        Ok(Some(Self {
            volunteers: matches::suiting(cx, programme, &need, Gate::FIT)?,
            or_no_volunteer: suits.or_no_volunteer,
        }))
    }

    fn is_nobody(&self) -> bool {
        self.volunteers.is_empty() && !self.or_no_volunteer
    }

    fn has(&self, volunteer: Option<VolunteerId>) -> bool {
        volunteer.map_or(self.or_no_volunteer, |id| self.volunteers.contains(&id))
    }

    /// The same for the query, which reads past the others by its index; none where they are too
    /// many to be named.
    fn named(&self) -> Option<Condition<slots::table>> {
        if self.volunteers.len() > MOST_NAMED {
            return None;
        }
        let mut any: Vec<Condition<slots::table>> = Vec::new();
        for id in &self.volunteers {
            any.push(Box::new(slots::volunteer_id.assume_not_null().eq(*id)));
        }
        if self.or_no_volunteer {
            any.push(Box::new(slots::volunteer_id.is_null()));
        }
        any_of(any)
    }
}

/// Says of volunteers' times whom they are for. For a reading operation.
pub fn describe(cx: &mut Cx<'_>, programme: &Programme, times: &mut [FreeSlot]) -> Result<()> {
    if times.iter().all(|time| time.volunteer_id.is_none()) {
        return Ok(());
    }
    let roster = volunteers::roster(cx, programme, Remember::Yes)?;
    for time in times {
        let Some(known) = time.volunteer_id.and_then(|id| roster.find(id)) else {
            continue;
        };
        time.subtypes = Some(known.subtypes.clone());
        time.languages = Some(
            known
                .languages
                .iter()
                .map(|language| language.as_str().into())
                .collect(),
        );
        time.phases = Some(if known.phases.is_empty() {
            IllnessPhase::ALL.to_vec()
        } else {
            known.phases.clone()
        });
    }
    Ok(())
}

/// A page of free times that can be had, the earliest first, and one more.
pub fn search(
    cx: &mut Cx<'_>,
    search: &Search,
    after: Option<Position>,
    limit: i64,
) -> Result<Vec<FreeSlot>> {
    let programme = programmes::find_of_controller(cx, search.programme_id)?;
    let types: HashMap<TimeTypeId, TimeType> = time_types::of_programme(cx, programme.id)?
        .into_iter()
        .map(|kind| (kind.id, kind))
        .collect();
    let wanted = usize::try_from(limit + 1).unwrap_or(usize::MAX);
    let suiting = Suiting::of(cx, &programme, &search.suits)?;
    if suiting.as_ref().is_some_and(Suiting::is_nobody) {
        return Ok(Vec::new());
    }
    let mut found: Vec<Row> = Vec::new();
    let mut after = after;
    let mut chunk = limit + 1;
    // Visibility, lead times and what a supporter can are looked at here, not in the query, which
    // then reads one index in its order whatever they are.
    while found.len() < wanted {
        let named = suiting.as_ref().and_then(Suiting::named);
        let mut rows = page(cx, search, named, &types, after, chunk)?;
        let last = rows.last().map(|row| Position {
            key: row.starts_at.micros(),
            id: row.id.uuid(),
        });
        let exhausted = i64::try_from(rows.len()).is_ok_and(|count| count < chunk);
        rows.retain(|row| {
            types
                .get(&row.time_type_id)
                .is_some_and(|kind| is_bookable(cx, row, kind))
                && suiting
                    .as_ref()
                    .is_none_or(|suiting| suiting.has(row.volunteer_id))
        });
        let supporters = Supporters::of(cx, &programme, &rows, search.moving)?;
        found.extend(
            rows.into_iter()
                .filter(|row| supporters.verdict(row) == Verdict::Can),
        );
        if exhausted {
            break;
        }
        after = last;
        chunk = (chunk * 2).min(2_000);
    }
    found.truncate(wanted);
    let zones = schedules::zones(cx, found.iter().map(|row| row.schedule_id))?;
    Ok(found
        .into_iter()
        .filter_map(|row| {
            let kind = types.get(&row.time_type_id)?;
            Some(FreeSlot {
                id: row.id,
                programme_id: row.programme_id,
                schedule_id: row.schedule_id,
                time_type_id: row.time_type_id,
                volunteer_id: row.volunteer_id,
                subtypes: None,
                languages: None,
                phases: None,
                name: row
                    .public_name
                    .map_or_else(|| kind.public_name.clone(), Into::into),
                channel: kind.channel,
                starts_at: row.starts_at,
                ends_at: row.ends_at,
                time_zone: zones.get(&row.schedule_id).cloned().unwrap_or_default(),
            })
        })
        .collect())
}

fn page(
    cx: &mut Cx<'_>,
    search: &Search,
    named: Option<Condition<slots::table>>,
    types: &HashMap<TimeTypeId, TimeType>,
    after: Option<Position>,
    count: i64,
) -> Result<Vec<Row>> {
    let now = cx.now;
    let from = search.from.map_or(now, |from| from.max(now));
    let mut query = slots::table
        .filter(slots::programme_id.eq(search.programme_id))
        .filter(slots::free_from.le(now))
        .order((slots::starts_at.asc(), slots::id.asc()))
        .limit(count)
        .select(Row::as_select())
        .into_boxed();
    query = match after {
        Some(after) => {
            let (key, id) = (Instant::from_micros(after.key), after.id::<super::Slot>());
            query
                .filter(slots::starts_at.ge(key.max(from)))
                .filter(slots::starts_at.gt(key).or(slots::id.gt(id)))
        }
        None => query.filter(slots::starts_at.ge(from)),
    };
    if let Some(to) = search.to {
        query = query.filter(slots::starts_at.lt(to));
    }
    if let Some(id) = search.time_type_id {
        query = query.filter(slots::time_type_id.eq(id));
    }
    if !as_staff(cx) {
        // Where most times are for staff, a web site reads past them here, not one by one.
        let shown: Vec<TimeTypeId> = types
            .values()
            .filter(|kind| kind.web_visible)
            .map(|kind| kind.id)
            .collect();
        let shown: Condition<slots::table> = one_of(slots::time_type_id, &shown);
        query = query.filter(shown.nullable().or(slots::web_visible.eq(true)));
    }
    if let Some(named) = named {
        query = query.filter(named);
    }
    if let Some(id) = search.besides {
        query = query.filter(slots::schedule_id.ne(id));
    }
    if let Some(id) = search.schedule_id {
        query = query.filter(slots::schedule_id.eq(id));
    }
    if let Some(id) = search.volunteer_id {
        query = query.filter(slots::volunteer_id.eq(id));
    }
    Ok(query.load(cx.conn())?)
}

/// The volunteers of a programme who have a free time that begins in `from..to`.
pub fn free_volunteers(
    cx: &mut Cx<'_>,
    programme: ProgrammeId,
    from: Instant,
    to: Instant,
) -> Result<HashSet<VolunteerId>> {
    let now = cx.now;
    let found: Vec<Option<VolunteerId>> = slots::table
        .filter(slots::programme_id.eq(programme))
        .filter(slots::free_from.le(now))
        .filter(slots::starts_at.ge(from))
        .filter(slots::starts_at.lt(to))
        .select(slots::volunteer_id)
        .distinct()
        .load(cx.conn())?;
    Ok(found.into_iter().flatten().collect())
}

/// The free time of a volunteer that begins at this instant and is of this type.
pub fn same_time(
    cx: &mut Cx<'_>,
    volunteer: VolunteerId,
    starts_at: Instant,
    kind: TimeTypeId,
) -> Result<Option<SlotId>> {
    let now = cx.now;
    Ok(slots::table
        .filter(slots::volunteer_id.eq(volunteer))
        .filter(slots::starts_at.eq(starts_at))
        .filter(slots::time_type_id.eq(kind))
        .filter(slots::free_from.le(now))
        .select(slots::id)
        .first(cx.conn())
        .optional()?)
}
