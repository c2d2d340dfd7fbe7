//! Telephone talks that were held, for the activity figures (HF-7): counts, nobody's name.

use chrono::NaiveDate;
use chrono_tz::Tz;
use diesel::prelude::*;

use crate::calendar::{end_of_day, local_date};
use crate::platform::app::Cx;
use crate::platform::db::Instant;
use crate::platform::db::schema::{bookings, time_types};
use crate::platform::error::Result;
use crate::programmes::ProgrammeId;
use crate::volunteers::{IllnessPhase, VolunteerSubtype};

/// A telephone talk that was held.
#[derive(Debug, Clone)]
pub struct HeldTalk {
    /// The day, in the programme's time zone.
    pub held_on: NaiveDate,
    /// When it was recorded that it was held.
    pub recorded_at: Instant,
    /// How long it was planned to be.
    pub minutes: i64,
    /// Whether a relative was at the other end, where that is known.
    pub with_relative: Option<bool>,
    /// Where the one who called is in the illness.
    pub phase: Option<IllnessPhase>,
    /// As which kind of supporter the volunteer talked; none where it was no volunteer.
    pub acted_as: Option<VolunteerSubtype>,
}

/// The telephone talks of a programme that were held on the days from `from` until before `until`,
/// days of `zone`.
pub fn held_talks(
    cx: &mut Cx<'_>,
    programme: ProgrammeId,
    zone: Tz,
    from: NaiveDate,
    until: NaiveDate,
) -> Result<Vec<HeldTalk>> {
    type Talk = (
        Instant,
        Instant,
        Option<Instant>,
        Option<String>,
        Option<IllnessPhase>,
        Option<VolunteerSubtype>,
    );
    let begin = |day: NaiveDate| {
        let before = day.pred_opt().unwrap_or(day);
        Instant::from(end_of_day(before, zone))
    };
    let controller = cx.scope().controller;
    let rows: Vec<Talk> = bookings::table
        .inner_join(time_types::table.on(time_types::id.eq(bookings::time_type_id)))
        .filter(bookings::controller_id.eq(controller))
        .filter(bookings::programme_id.eq(programme))
        .filter(bookings::state.eq("attended"))
        .filter(time_types::channel.eq("telephone"))
        .filter(bookings::starts_at.ge(begin(from)))
        .filter(bookings::starts_at.lt(begin(until)))
        .select((
            bookings::starts_at,
            bookings::ends_at,
            bookings::ended_at,
            bookings::booker,
            bookings::phase,
            bookings::acted_as,
        ))
        .load(cx.conn())?;
    Ok(rows
        .into_iter()
        .map(
            |(starts_at, ends_at, ended_at, booker, phase, acted_as)| HeldTalk {
                held_on: local_date(starts_at.utc(), zone),
                recorded_at: ended_at.unwrap_or(ends_at),
                minutes: (ends_at.micros() - starts_at.micros()) / 60_000_000,
                with_relative: booker.map(|booker| booker == "relative"),
                phase,
                acted_as,
            },
        )
        .collect())
}
