//! Words and dates of the pages, in Danish.

use chrono::{DateTime, Datelike as _, NaiveDate};
use chrono_tz::Tz;

use super::model::{AgendaItemKind, MeetingKind, MeetingState, Presence};
use crate::platform::db::Instant;

const MONTHS: [&str; 12] = [
    "januar",
    "februar",
    "marts",
    "april",
    "maj",
    "juni",
    "juli",
    "august",
    "september",
    "oktober",
    "november",
    "december",
];
const WEEKDAYS: [&str; 7] = [
    "mandag", "tirsdag", "onsdag", "torsdag", "fredag", "lørdag", "søndag",
];

/// 20. april 2026
#[must_use]
pub fn date(day: NaiveDate) -> String {
    let month = MONTHS
        .get(day.month0() as usize)
        .copied()
        .unwrap_or_default();
    format!("{}. {month} {}", day.day(), day.year())
}

fn local(at: Instant, zone: Tz) -> DateTime<Tz> {
    at.utc().with_timezone(&zone)
}

/// 20. april 2026, of an instant.
#[must_use]
pub fn day_of(at: Instant, zone: Tz) -> String {
    date(local(at, zone).date_naive())
}

/// mandag den 20. april 2026 kl. 13.00–15.00
#[must_use]
pub fn span(from: Instant, until: Instant, zone: Tz) -> String {
    let (from, until) = (local(from, zone), local(until, zone));
    let weekday = WEEKDAYS
        .get(from.weekday().num_days_from_monday() as usize)
        .copied()
        .unwrap_or_default();
    let begins = format!(
        "{weekday} den {} kl. {}",
        date(from.date_naive()),
        from.format("%H.%M")
    );
    if from.date_naive() == until.date_naive() {
        format!("{begins}–{}", until.format("%H.%M"))
    } else {
        format!(
            "{begins} til {} kl. {}",
            date(until.date_naive()),
            until.format("%H.%M")
        )
    }
}

/// The word for a kind of meeting.
#[must_use]
pub const fn kind(kind: MeetingKind) -> &'static str {
    match kind {
        MeetingKind::Ordinary => "Ordinært møde",
        MeetingKind::Extended => "Ordinært møde (længere)",
        MeetingKind::Theme => "Temamøde",
    }
}

/// The word for what an agenda item is for.
#[must_use]
pub const fn purpose(kind: AgendaItemKind) -> &'static str {
    match kind {
        AgendaItemKind::Information => "Orientering",
        AgendaItemKind::Discussion => "Drøftelse",
        AgendaItemKind::Decision => "Beslutning",
    }
}

/// The word for how a member took part.
#[must_use]
pub const fn presence(presence: Presence) -> &'static str {
    match presence {
        Presence::Present => "til stede",
        Presence::Online => "deltog online",
        Presence::Absent => "afbud",
        Presence::Substituted => "ved suppleant",
    }
}

/// What stands above minutes in this state.
#[must_use]
pub const fn standing(state: MeetingState) -> &'static str {
    match state {
        MeetingState::Planned | MeetingState::AgendaSent | MeetingState::Held => {
            "Udkast – ikke udsendt"
        }
        MeetingState::MinutesSent => "Udsendt – bemærkninger modtages",
        MeetingState::AwaitingRevision => "Udsendt – rettes til efter bemærkninger",
        MeetingState::Approved => "Godkendt",
        MeetingState::Cancelled => "Aflyst",
    }
}

#[cfg(test)]
mod tests {
    use chrono::Utc;
    use chrono_tz::Europe::Copenhagen;

    use super::*;

    #[test]
    fn a_meeting_is_told_in_local_time() {
        let at = |text: &str| Instant::from(text.parse::<DateTime<Utc>>().unwrap());
        assert_eq!(
            span(
                at("2026-04-20T11:00:00Z"),
                at("2026-04-20T13:30:00Z"),
                Copenhagen
            ),
            "mandag den 20. april 2026 kl. 13.00–15.30"
        );
        assert_eq!(
            span(
                at("2026-12-31T22:00:00Z"),
                at("2027-01-01T00:00:00Z"),
                Copenhagen
            ),
            "torsdag den 31. december 2026 kl. 23.00 til 1. januar 2027 kl. 01.00"
        );
        assert_eq!(
            day_of(at("2026-02-28T23:30:00Z"), Copenhagen),
            "1. marts 2026"
        );
    }
}
