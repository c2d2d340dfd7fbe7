//! What a booking asks of volunteers: whether they are there, and for how many talks. Of many at
//! once, and without opening what is sealed.

use std::collections::HashMap;

use chrono::NaiveDate;
use diesel::prelude::*;

use super::model::{VolunteerId, VolunteerState};
use super::rules::Standing;
use crate::platform::app::Cx;
use crate::platform::db::one_of;
use crate::platform::db::schema::volunteers;
use crate::platform::error::Result;

/// What a booking must know of a volunteer: not a word of who it is.
#[derive(Debug, Clone, Copy)]
pub struct Supporting {
    /// Whether there on a day.
    pub standing: Standing,
    /// Talks in a week at most.
    pub capacity: u32,
}

/// That of these volunteers of the actor's controller, whoever asks.
pub fn supporting(
    cx: &mut Cx<'_>,
    ids: &[VolunteerId],
) -> Result<HashMap<VolunteerId, Supporting>> {
    type Loaded = (
        VolunteerId,
        VolunteerState,
        Option<NaiveDate>,
        Option<NaiveDate>,
        Option<NaiveDate>,
        i32,
    );
    let rows: Vec<Loaded> = volunteers::table
        .filter(one_of(volunteers::id, ids))
        .filter(volunteers::controller_id.eq(cx.scope().controller))
        .select((
            volunteers::id,
            volunteers::state,
            volunteers::leave_from,
            volunteers::leave_until,
            volunteers::qualified_until,
            volunteers::capacity_per_week,
        ))
        .load(cx.conn())?;
    Ok(rows
        .into_iter()
        .map(
            |(id, state, leave_from, leave_until, qualified_until, capacity)| {
                let standing = Standing {
                    state,
                    leave_from,
                    leave_until,
                    qualified_until,
                };
                let capacity = u32::try_from(capacity).unwrap_or(0);
                (id, Supporting { standing, capacity })
            },
        )
        .collect())
}
