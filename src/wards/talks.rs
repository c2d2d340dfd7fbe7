//! Ward talks in storage: counts, with no column for a person or for text.

use chrono::NaiveDate;
use diesel::dsl::{count_star, sum};
use diesel::prelude::*;

use super::model::WardShiftId;
use super::rules::{self, Step};
use super::store;
use super::talk_model::{Met, NewWardTalk, WardTalk, WardTalkId};
use crate::calendar::local_date;
use crate::find_seen;
use crate::organisations::OrganisationId;
use crate::platform::app::Cx;
use crate::platform::db::schema::{ward_shift_sign_ups, ward_talks};
use crate::platform::db::{Condition, Instant, one_of};
use crate::platform::error::{Error, Result};
use crate::platform::events::Event;
use crate::platform::http::cursor::{Cursor, Limit, Position, cut, resume};
use crate::platform::id::Id;
use crate::programmes::{self, ProgrammeId};
use crate::volunteers::{IllnessPhase, VolunteerId, VolunteerSubtype};

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = ward_talks, treat_none_as_default_value = false)]
struct Row {
    id: WardTalkId,
    controller_id: OrganisationId,
    programme_id: ProgrammeId,
    ward_id: OrganisationId,
    shift_id: WardShiftId,
    held_on: NaiveDate,
    month: NaiveDate,
    met: Met,
    phase: IllnessPhase,
    subtype: VolunteerSubtype,
    minutes: i32,
    version: i32,
    created_at: Instant,
}

impl From<Row> for WardTalk {
    fn from(row: Row) -> Self {
        Self {
            id: row.id,
            ward_shift_id: row.shift_id,
            programme_id: row.programme_id,
            ward_id: row.ward_id,
            held_on: row.held_on,
            met: row.met,
            phase: row.phase,
            subtype: row.subtype,
            minutes: row.minutes,
            version: row.version,
        }
    }
}

/// Refuses to change what is counted of a month whose figures stand: two answers would tell it.
fn check_unsettled(cx: &mut Cx<'_>, programme: ProgrammeId, month: NaiveDate) -> Result<()> {
    let policy = programmes::find_of_controller(cx, programme)?.policy;
    let today = local_date(cx.now.utc(), policy.time_zone()?);
    if month < programmes::unsettled_from(today) {
        return Err(Error::conflict(format!(
            "The figures of that month stand: its talks are counted and taken back until {} days after it (HF-7).",
            programmes::SETTLED_AFTER_DAYS
        )));
    }
    Ok(())
}

/// Counts a talk, until some days after its month. A volunteer counts the talks of shifts that she
/// is on.
pub fn count(cx: &mut Cx<'_>, new: &NewWardTalk) -> Result<WardTalk> {
    let shift =
        store::find_row(cx, new.ward_shift_id).map_err(|error| error.referred("/wardShiftId"))?;
    rules::check(shift.state, shift.stage(cx.now), Step::CountTalk)?;
    if let Some(own) = cx.scope().volunteer()
        && !store::is_on(cx, shift.id, own)?
    {
        return Err(Error::conflict(
            "The talks of a shift are counted by those who are on it, and by staff.",
        ));
    }
    check_unsettled(cx, shift.programme_id, shift.month)?;
    let row = Row {
        id: Id::new(),
        controller_id: shift.controller_id,
        programme_id: shift.programme_id,
        ward_id: shift.ward_id,
        shift_id: shift.id,
        held_on: shift.held_on,
        month: shift.month,
        met: new.met,
        phase: new.phase,
        subtype: new.subtype,
        minutes: new.minutes,
        version: 1,
        created_at: cx.now,
    };
    diesel::insert_into(ward_talks::table)
        .values(&row)
        .execute(cx.conn())?;
    cx.emit(&Event::new("wardTalk.counted", row.id).programme(row.programme_id))?;
    Ok(row.into())
}

/// One talk of a programme that the actor sees; for a volunteer, of a shift that she is on.
pub fn find(cx: &mut Cx<'_>, id: WardTalkId) -> Result<WardTalk> {
    let scope = cx.scope();
    let row = find_seen!(cx, ward_talks, Row, id)?;
    if let Some(own) = scope.volunteer()
        && !store::is_on(cx, row.shift_id, own)?
    {
        return Err(Error::not_found());
    }
    Ok(row.into())
}

/// Takes a count back that was wrong, until some days after its month. Nothing of it needs to be
/// kept.
pub fn remove(cx: &mut Cx<'_>, id: WardTalkId) -> Result<WardTalk> {
    let talk = find(cx, id)?;
    cx.request.expect_version(talk.version)?;
    let month = store::month_of(talk.held_on);
    check_unsettled(cx, talk.programme_id, month)?;
    diesel::delete(ward_talks::table.find(id)).execute(cx.conn())?;
    cx.emit(&Event::new("wardTalk.removed", id).programme(talk.programme_id))?;
    Ok(talk)
}

/// What a list is filtered by.
#[derive(Debug, Default, Clone)]
pub struct Filter {
    /// Only this programme.
    pub programme_id: Option<ProgrammeId>,
    /// Only this ward.
    pub ward_id: Option<OrganisationId>,
    /// Only of this shift.
    pub shift_id: Option<WardShiftId>,
    /// Only on this day or later.
    pub from: Option<NaiveDate>,
    /// Only on this day or earlier.
    pub to: Option<NaiveDate>,
}

fn of_volunteer(volunteer: VolunteerId) -> Condition<ward_talks::table> {
    Box::new(diesel::dsl::exists(
        ward_shift_sign_ups::table
            .filter(ward_shift_sign_ups::shift_id.eq(ward_talks::shift_id))
            .filter(ward_shift_sign_ups::volunteer_id.eq(volunteer))
            .filter(ward_shift_sign_ups::released_at.is_null()),
    ))
}

/// A page of talks, those counted last first, and where the next one begins.
pub fn list(
    cx: &mut Cx<'_>,
    filter: &Filter,
    cursor: Option<&Cursor>,
    limit: Limit,
) -> Result<(Vec<WardTalk>, Option<Cursor>)> {
    let scope = cx.scope();
    let bound_to = format!("ward-talks {filter:?}");
    let after = resume(cx.keys, &bound_to, cursor)?;
    let mut query = ward_talks::table
        .filter(ward_talks::controller_id.eq(scope.controller))
        .order(ward_talks::id.desc())
        .limit(limit.rows() + 1)
        .select(Row::as_select())
        .into_boxed();
    if let Some(visible) = &scope.programmes {
        query = query.filter(one_of(ward_talks::programme_id, visible));
    }
    if let Some(own) = scope.volunteer() {
        query = query.filter(of_volunteer(own));
    }
    if let Some(programme) = filter.programme_id {
        query = query.filter(ward_talks::programme_id.eq(programme));
    }
    if let Some(ward) = filter.ward_id {
        query = query.filter(ward_talks::ward_id.eq(ward));
    }
    if let Some(shift) = filter.shift_id {
        query = query.filter(ward_talks::shift_id.eq(shift));
    }
    if let Some(from) = filter.from {
        query = query.filter(ward_talks::held_on.ge(from));
    }
    if let Some(to) = filter.to {
        query = query.filter(ward_talks::held_on.le(to));
    }
    if let Some(after) = after {
        query = query.filter(ward_talks::id.lt(after.id::<WardTalk>()));
    }
    let rows: Vec<Row> = query.load(cx.conn())?;
    let (rows, next) = cut(cx.keys, &bound_to, limit, rows, |row| Position {
        key: 0,
        id: row.id.uuid(),
    });
    Ok((rows.into_iter().map(Into::into).collect(), next))
}

/// Talks of one kind, for the figures.
#[derive(Debug, Clone)]
pub struct Counted {
    /// The ward.
    pub ward: OrganisationId,
    /// The first day of the month.
    pub month: NaiveDate,
    /// Who was met.
    pub met: Met,
    /// In which phase.
    pub phase: IllnessPhase,
    /// By which kind of supporter.
    pub subtype: VolunteerSubtype,
    /// How many.
    pub count: i64,
    /// How long they were together.
    pub minutes: i64,
}

/// The talks of a programme in the months from `from` until before `until`.
pub fn counted(
    cx: &mut Cx<'_>,
    programme: ProgrammeId,
    from: NaiveDate,
    until: NaiveDate,
) -> Result<Vec<Counted>> {
    type Group = (
        OrganisationId,
        NaiveDate,
        Met,
        IllnessPhase,
        VolunteerSubtype,
        i64,
        Option<i64>,
    );
    let controller = cx.scope().controller;
    let key = (
        ward_talks::ward_id,
        ward_talks::month,
        ward_talks::met,
        ward_talks::phase,
        ward_talks::subtype,
    );
    let groups: Vec<Group> = ward_talks::table
        .filter(ward_talks::controller_id.eq(controller))
        .filter(ward_talks::programme_id.eq(programme))
        .filter(ward_talks::month.ge(from))
        .filter(ward_talks::month.lt(until))
        .group_by(key)
        .select((
            ward_talks::ward_id,
            ward_talks::month,
            ward_talks::met,
            ward_talks::phase,
            ward_talks::subtype,
            count_star(),
            sum(ward_talks::minutes),
        ))
        .load(cx.conn())?;
    Ok(groups
        .into_iter()
        .map(
            |(ward, month, met, phase, subtype, count, minutes)| Counted {
                ward,
                month,
                met,
                phase,
                subtype,
                count,
                minutes: minutes.unwrap_or_default(),
            },
        )
        .collect())
}
