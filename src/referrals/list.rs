//! Lists of referrals, by keyset.

use chrono::{Datelike as _, Days, NaiveDate, NaiveTime};
use diesel::prelude::*;

use super::model::{Eligibility, Referral, ReferralState};
use super::store::Row;
use crate::closed_enum;
use crate::patients::{self, Patient};
use crate::platform::app::Cx;
use crate::platform::db::schema::referrals;
use crate::platform::db::{Condition, Instant, one_of};
use crate::platform::error::Result;
use crate::platform::http::cursor::Position;
use crate::platform::id::Id;
use crate::programmes::{Channel, Programme};
use crate::staff::Staff;

closed_enum! {
    /// The order of a list of referrals: latest receipt first, earliest receipt first, soonest
    /// due first, or earliest change first.
    pub enum ReferralSort {
        /// Latest receipt first.
        NewestReceipt = "-receivedAt",
        /// Earliest receipt first.
        Receipt = "receivedAt",
        /// Soonest due first; only referrals that have a due day.
        Due = "dueOn",
        /// Earliest change first, for following changes with `updatedSince`.
        Change = "updatedAt",
    }
}

/// What a list is filtered by.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// In this programme.
    pub programme_id: Option<Id<Programme>>,
    /// In one of these states; any where there is none.
    pub states: Vec<ReferralState>,
    /// That came this way.
    pub channel: Option<Channel>,
    /// Of this patient.
    pub patient_id: Option<Id<Patient>>,
    /// That this member of staff is to call.
    pub assigned_to: Option<Id<Staff>>,
    /// Due before this day.
    pub due_before: Option<NaiveDate>,
    /// Due on this day or before it.
    pub due_until: Option<NaiveDate>,
    /// Overdue or not.
    pub overdue: Option<bool>,
    /// With this result of the criteria.
    pub eligibility: Option<Eligibility>,
    /// Received on this day or later.
    pub received_from: Option<NaiveDate>,
    /// Received on this day or earlier.
    pub received_to: Option<NaiveDate>,
    /// Changed at this instant or later.
    pub updated_since: Option<Instant>,
    /// Whose patient was not reached yet.
    pub not_reached: bool,
}

/// A page in the given order, and one row more. Every patient on it is touched.
pub fn list(
    cx: &mut Cx<'_>,
    filter: &Filter,
    sort: ReferralSort,
    after: Option<Position>,
    limit: i64,
) -> Result<Vec<Referral>> {
    let scope = cx.scope();
    let now = cx.now;
    let mut query = referrals::table
        .filter(referrals::controller_id.eq(scope.controller))
        .limit(limit + 1)
        .select(Row::as_select())
        .into_boxed();
    if let Some(programmes) = &scope.programmes {
        query = query.filter(one_of(referrals::programme_id, programmes));
    }
    if let Some(own) = scope.patient {
        query = query.filter(referrals::patient_id.eq(own));
    }
    if let Some(programme) = filter.programme_id {
        query = query.filter(referrals::programme_id.eq(programme));
    }
    if !filter.states.is_empty() {
        query = query.filter(one_of(referrals::state, &filter.states));
    }
    if let Some(channel) = filter.channel {
        query = query.filter(referrals::channel.eq(channel));
    }
    if let Some(id) = filter.patient_id {
        let current = patients::current_id(cx, id)?;
        query = query.filter(referrals::patient_id.eq(current));
    }
    if let Some(staff) = filter.assigned_to {
        query = query.filter(referrals::assigned_to.eq(staff));
    }
    if let Some(day) = filter.due_before {
        query = query.filter(referrals::due_on.lt(day));
    }
    if let Some(day) = filter.due_until {
        query = query.filter(referrals::due_on.le(day));
    }
    if let Some(eligibility) = filter.eligibility {
        query = query.filter(referrals::eligibility.eq(eligibility));
    }
    if let Some(day) = filter.received_from {
        query = query.filter(referrals::received_on.ge(day));
        // The same in instants, generously for any time zone, so that the index bounds the search.
        if let Some(before) = day.checked_sub_days(Days::new(1)) {
            query = query.filter(referrals::received_at.ge(midnight(before)));
        }
    }
    if let Some(day) = filter.received_to {
        query = query.filter(referrals::received_on.le(day));
        if let Some(behind) = day.checked_add_days(Days::new(2)) {
            query = query.filter(referrals::received_at.le(midnight(behind)));
        }
    }
    if let Some(since) = filter.updated_since {
        query = query.filter(referrals::updated_at.ge(since));
    }
    if filter.not_reached {
        query = query.filter(referrals::reached_at.is_null());
    }
    match filter.overdue {
        Some(true) => {
            query = query
                .filter(referrals::due_at.le(now))
                .filter(referrals::first_called_at.is_null())
                .filter(open());
        }
        Some(false) => {
            query = query.filter(
                referrals::due_at
                    .is_null()
                    .or(referrals::due_at.gt(now))
                    .or(referrals::first_called_at.is_not_null())
                    .or(diesel::dsl::not(open())),
            );
        }
        None => {}
    }
    let after = after.map(|after| (after.key, after.id::<Referral>()));
    query = match sort {
        ReferralSort::NewestReceipt => {
            if let Some((key, id)) = after {
                let key = Instant::from_micros(key);
                query = query
                    .filter(referrals::received_at.le(key))
                    .filter(referrals::received_at.lt(key).or(referrals::id.lt(id)));
            }
            query.order((referrals::received_at.desc(), referrals::id.desc()))
        }
        ReferralSort::Receipt => {
            if let Some((key, id)) = after {
                let key = Instant::from_micros(key);
                query = query
                    .filter(referrals::received_at.ge(key))
                    .filter(referrals::received_at.gt(key).or(referrals::id.gt(id)));
            }
            query.order((referrals::received_at.asc(), referrals::id.asc()))
        }
        ReferralSort::Change => {
            if let Some((key, id)) = after {
                let key = Instant::from_micros(key);
                query = query
                    .filter(referrals::updated_at.ge(key))
                    .filter(referrals::updated_at.gt(key).or(referrals::id.gt(id)));
            }
            query.order((referrals::updated_at.asc(), referrals::id.asc()))
        }
        ReferralSort::Due => {
            query = query.filter(referrals::due_on.is_not_null());
            if let Some((key, id)) = after {
                let key = day_of(key);
                query = query
                    .filter(referrals::due_on.ge(key))
                    .filter(referrals::due_on.gt(key).or(referrals::id.gt(id)));
            }
            query.order((referrals::due_on.asc(), referrals::id.asc()))
        }
    };
    let rows: Vec<Row> = query.load(cx.conn())?;
    rows.into_iter()
        .map(|row| {
            let referral = row.open(cx.keys, now)?;
            cx.touch(referral.patient_id);
            Ok(referral)
        })
        .collect()
}

/// Where a referral stands in a list of this order.
#[must_use]
pub fn position(referral: &Referral, sort: ReferralSort) -> Position {
    let key = match sort {
        ReferralSort::NewestReceipt | ReferralSort::Receipt => referral.received_at.micros(),
        ReferralSort::Change => referral.updated_at.micros(),
        ReferralSort::Due => referral
            .due_on
            .map_or(0, |due| i64::from(due.num_days_from_ce())),
    };
    Position {
        key,
        id: referral.id.uuid(),
    }
}

pub(super) fn open() -> Condition<referrals::table> {
    one_of(
        referrals::state,
        &[
            ReferralState::Received,
            ReferralState::AwaitingSupplement,
            ReferralState::Accepted,
        ],
    )
}

fn day_of(key: i64) -> NaiveDate {
    i32::try_from(key)
        .ok()
        .and_then(NaiveDate::from_num_days_from_ce_opt)
        .unwrap_or(NaiveDate::MIN)
}

fn midnight(day: NaiveDate) -> Instant {
    day.and_time(NaiveTime::MIN).and_utc().into()
}
